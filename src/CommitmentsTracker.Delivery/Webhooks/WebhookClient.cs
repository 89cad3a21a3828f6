using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using CommitmentsTracker.Delivery.Addresses;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Delivery.Webhooks;

/// <summary>One attempt to hand a notice over.</summary>
/// <param name="At">When it began.</param>
/// <param name="EndedAt">When its outcome was known.</param>
/// <param name="Answer">The beginning of what was answered, or why nothing was.</param>
/// <param name="AskedFor">The pause that the receiver asked for.</param>
public sealed record WebhookAttempt(
    DateTimeOffset At,
    DateTimeOffset EndedAt,
    int? Status,
    int TookMs,
    AttemptOutcome Outcome,
    string? Answer,
    TimeSpan? AskedFor
)
{
    /// <summary>True if the receiver, or what stands before it, has too much to do.</summary>
    public bool IsThrottled => Status is 429 or 502 or 504;

    /// <summary>True if the receiver wants no more at all.</summary>
    public bool IsGone => Status is 410;

    /// <summary>As the API tells it.</summary>
    public AttemptView View => new(At, Status, TookMs, Outcome, Answer);
}

/// <summary>
/// Sends one notice once, as Standard Webhooks say. What a receiver does cannot harm: it has 15 seconds, its answer is
/// read up to 64 KiB and kept up to 1 KiB, and no redirect is followed.
/// </summary>
public sealed class WebhookClient : IDisposable
{
    /// <summary>For connecting, sending and the whole answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Most bytes that are read of an answer.</summary>
    public const int MostRead = 64 * 1024;

    /// <summary>Most bytes that are kept of an answer.</summary>
    public const int MostKept = 1024;

    private readonly HttpClient _http;
    private readonly WebhookSecrets _secrets;
    private readonly TimeProvider _time;

    /// <summary>A client whose requests all pass the guard.</summary>
    public WebhookClient(AddressGuard guard, WebhookSecrets secrets, TimeProvider time)
    {
        (_secrets, _time) = (secrets, time);
        var handler = guard.Handler();
        handler.MaxResponseDrainSize = 0;
        handler.MaxResponseHeadersLength = 16;
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("CommitmentsTracker", "1.0"));
    }

    /// <summary>Sends once.</summary>
    /// <param name="target">To whom.</param>
    /// <param name="id">The value of <c>webhook-id</c>: the same however often it is sent.</param>
    /// <param name="body">The bytes.</param>
    /// <param name="ct">Gives the attempt up; its outcome is then unknown.</param>
    public async Task<WebhookAttempt> SendAsync(WebhookTarget target, Guid id, byte[] body, CancellationToken ct)
    {
        var (at, start) = (_time.GetUtcNow().ToMicroseconds(), _time.GetTimestamp());
        using var late = new CancellationTokenSource(Patience, _time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        int? status = null;
        TimeSpan? askedFor = null;
        try
        {
            using var request = Request(target, id, at, body);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ended.Token);
            status = (int)response.StatusCode;
            askedFor = AskedFor(response);
            return Of(OutcomeOf((int)response.StatusCode), await ReadAsync(response, ended.Token));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // A status that came in time counts, however long the rest of the answer takes.
            return status is { } s
                ? Of(OutcomeOf(s), null)
                : Of(AttemptOutcome.TimedOut, $"No answer within {(int)Patience.TotalSeconds} s.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return AddressBlockedException.In(e) is { } blocked ? Of(AttemptOutcome.Blocked, blocked.Message)
                : status is { } s ? Of(OutcomeOf(s), null)
                : Of(AttemptOutcome.Unreachable, Clean(Encoding.UTF8.GetBytes((e.InnerException ?? e).Message).AsSpan()));
        }

        WebhookAttempt Of(AttemptOutcome outcome, string? answer) =>
            new(
                at,
                _time.GetUtcNow().ToMicroseconds(),
                status,
                (int)_time.GetElapsedTime(start).TotalMilliseconds,
                outcome,
                string.IsNullOrEmpty(answer) ? null : answer,
                askedFor
            );
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private static AttemptOutcome OutcomeOf(int status) => status is >= 200 and < 300 ? AttemptOutcome.Delivered : AttemptOutcome.Refused;

    private HttpRequestMessage Request(WebhookTarget target, Guid id, DateTimeOffset at, byte[] body)
    {
        var (name, timestamp) = (id.ToString("D", CultureInfo.InvariantCulture), at.ToUnixTimeSeconds());
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(target.Url, UriKind.Absolute))
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(target.ContentType);
        request.Headers.Add("webhook-id", name);
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", _secrets.Sign(target.Secrets, name, timestamp, body));
        return request;
    }

    private TimeSpan? AskedFor(HttpResponseMessage response)
    {
        if (
            response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
            || response.Headers.RetryAfter is not { } after
        )
            return null;
        return after.Delta ?? (after.Date is { } date ? date - _time.GetUtcNow() : null);
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        var buffer = ArrayPool<byte>.Shared.Rent(8 * 1024);
        var (kept, total) = (new byte[MostKept], 0);
        try
        {
            // Read to its end, so that the connection can be used again; one that goes on beyond is closed.
            for (
                int n;
                total < MostRead && (n = await stream.ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length, MostRead - total)), ct)) > 0;
                total += n
            )
                if (total < MostKept)
                    buffer.AsSpan(0, Math.Min(n, MostKept - total)).CopyTo(kept.AsSpan(total));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Clean(kept.AsSpan(0, Math.Min(total, MostKept)));
    }

    /// <summary>Text that can be kept and shown: no control characters but line breaks and tabs.</summary>
    private static string Clean(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes).ToCharArray();
        for (var i = 0; i < text.Length; i++)
            if (char.IsControl(text[i]) && text[i] is not ('\n' or '\t'))
                text[i] = text[i] == '\r' ? ' ' : '\uFFFD';
        return new string(text).Trim();
    }
}
