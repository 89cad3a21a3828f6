using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Threading.RateLimiting;
using CommitmentsTracker.Record.Audit;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.People.Identity;

/// <summary>
/// Makes guessing slow: an account waits longer after each wrong try beyond the fifth, whether or not it exists, and one
/// network address has so many wrong tries in a quarter of an hour.
/// </summary>
public sealed class Lockouts : IDisposable
{
    /// <summary>Wrong tries in a row without a wait.</summary>
    public const int Free = 5;

    /// <summary>Wrong tries that one network address has within <see cref="Window"/>.</summary>
    public const int OfAddress = 50;

    /// <summary>The first wait; each further wrong try doubles it.</summary>
    public static readonly TimeSpan First = TimeSpan.FromMinutes(1);

    /// <summary>The longest wait.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>After so long without a wrong try nothing is counted any more.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromHours(24);

    /// <summary>In what time wrong tries of a network address are counted.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    private readonly NpgsqlDataSource _source;
    private readonly TimeProvider _time;
    private readonly PartitionedRateLimiter<string> _addresses = PartitionedRateLimiter.Create<string, string>(reader =>
        RateLimitPartition.GetSlidingWindowLimiter(
            reader,
            _ => new SlidingWindowRateLimiterOptions
            {
                PermitLimit = OfAddress,
                Window = Window,
                SegmentsPerWindow = 3,
                QueueLimit = 0,
            }
        )
    );

    /// <summary>Keeps count in the database, and of network addresses in this process.</summary>
    public Lockouts(NpgsqlDataSource source, TimeProvider time) => (_source, _time) = (source, time);

    /// <summary>True if the network address still has tries; asking takes none.</summary>
    public bool MayTry(IPAddress? from) =>
        Visitor.ReaderOf(from) is not { } reader || _addresses.GetStatistics(reader) is not { CurrentAvailablePermits: <= 0 };

    /// <summary>Until when an account waits; null: it does not. One that does not exist may wait as well.</summary>
    /// <param name="subject">The key of the e-mail address, or the id of the person.</param>
    public async Task<DateTimeOffset?> UntilAsync(string subject, CancellationToken ct = default)
    {
        var row = await _source.OneAsync(
            "select locked_until from sign_in_failures where subject = $1 and locked_until > $2",
            r => new Until(r.At(0)),
            ct,
            Of(subject),
            _time.GetUtcNow()
        );
        return row?.At;
    }

    /// <summary>Which of these accounts wait, and until when.</summary>
    public async Task<IReadOnlyDictionary<string, DateTimeOffset?>> WaitingAsync(IEnumerable<string> subjects, CancellationToken ct)
    {
        var asked = subjects.Distinct(StringComparer.Ordinal).ToDictionary(s => Convert.ToHexString(Of(s)));
        var rows = await _source.AllAsync(
            "select subject, locked_until from sign_in_failures where locked_until > $1",
            r => (Key: Convert.ToHexString(r.GetFieldValue<byte[]>(0)), At: r.At(1)),
            ct,
            _time.GetUtcNow()
        );
        return rows.Where(r => asked.ContainsKey(r.Key)).ToDictionary(r => asked[r.Key], r => (DateTimeOffset?)r.At);
    }

    /// <summary>Counts a wrong try.</summary>
    public async Task FailedAsync(string subject, IPAddress? from, CancellationToken ct = default)
    {
        if (Visitor.ReaderOf(from) is { } reader)
            _addresses.AttemptAcquire(reader);
        var now = _time.GetUtcNow();
        await _source.RunAsync(
            """
            insert into sign_in_failures as f (subject, failures, failed_at) values ($1, 1, $2)
            on conflict (subject) do update set
                failures = case when f.failed_at < $3 then 1 else f.failures + 1 end, failed_at = $2,
                locked_until = case when f.failed_at >= $3
                    and f.failures + 1 >= $4 then $2 + least($5 * power(2, least(f.failures + 1 - $4, 20)), $6) * interval '1 second' end
            """,
            ct,
            Of(subject),
            now,
            now - Remembered,
            Free,
            First.TotalSeconds,
            Longest.TotalSeconds
        );
    }

    /// <summary>Forgets the wrong tries of an account, after a right one or by an administrator.</summary>
    public Task ForgetAsync(string subject, CancellationToken ct = default) =>
        _source.RunAsync("delete from sign_in_failures where subject = $1", ct, Of(subject));

    /// <inheritdoc />
    public void Dispose() => _addresses.Dispose();

    private static byte[] Of(string subject) => SHA256.HashData(Encoding.UTF8.GetBytes(subject));

    private sealed record Until(DateTimeOffset At);
}
