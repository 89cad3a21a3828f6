using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Record.Store;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Net.Http.Headers;

namespace CommitmentsTracker.Server.Layout;

/// <summary>
/// Keeps public pages as they were rendered, until anything that is stored changes or the day does. Every page gets an
/// entity tag of its bytes and goes out compressed. Who is signed in gets no kept page, and pages of the desk are never
/// kept. While one request renders a page anew, others get the previous one for up to <see cref="MayBeOld"/>.
/// </summary>
public sealed class PageCache(StoreVersions versions, TimeProvider time) : IDisposable
{
    /// <summary>How long a page that is being rendered anew may still be shown.</summary>
    public static readonly TimeSpan MayBeOld = TimeSpan.FromSeconds(1);

    /// <summary>Under this key a request keeps the status that its page will have, if it is another one than 200.</summary>
    internal static readonly object Status = new();

    private const string Image = "image/png";
    private const long MostBytes = 96 * 1024 * 1024;

    // A page known at this moment is another one a moment later.
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(1);

    private readonly MemoryCache _pages = new(new MemoryCacheOptions { SizeLimit = MostBytes, CompactionPercentage = 0.2 });
    private readonly ConcurrentDictionary<string, TaskCompletionSource<KeptPage?>> _rendering = new(StringComparer.Ordinal);

    /// <summary>True if the address is one of a public page, or of the image that stands for one.</summary>
    public static bool Concerns(HttpContext context, PathString images, IReadOnlyCollection<PathString> neverKept)
    {
        var path = context.Request.Path;
        return HttpMethods.IsGet(context.Request.Method)
            && PagesSetup.IsPage(path)
            && !neverKept.Any(n => path.StartsWithSegments(n))
            && (!Path.HasExtension(path.Value) || path.StartsWithSegments(images));
    }

    /// <summary>Answers with a kept page, or renders one.</summary>
    public async Task AnswerAsync(HttpContext context, RequestDelegate render)
    {
        if (KeyOf(context) is not { } key)
        {
            await RenderAndSendAsync(context, render);
            return;
        }

        var version = await versions.CurrentAsync(context.RequestAborted);
        var kept = _pages.Get<KeptPage>(key);
        if (kept?.Version == version)
        {
            await SendAsync(context, kept);
            return;
        }

        var mine = new TaskCompletionSource<KeptPage?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = _rendering.GetOrAdd(key, mine);
        if (running != mine)
        {
            if (kept is not null && kept.OldFor() < MayBeOld)
            {
                await SendAsync(context, kept);
                return;
            }

            if (await running.Task.WaitAsync(context.RequestAborted) is { } rendered)
            {
                await SendAsync(context, rendered);
                return;
            }

            // What the other request found is no page to keep, or its reader went away.
            await RenderAndSendAsync(context, render);
            return;
        }

        KeptPage? page = null;
        try
        {
            _ = kept?.OldFor();
            page = await RenderAsync(context, render, version);
            if (page is { IsWhole: true } && key == KeyOf(context))
                _pages.Set(
                    key,
                    page,
                    new MemoryCacheEntryOptions { Size = page.Bytes.Length * 2, SlidingExpiration = TimeSpan.FromHours(6) }
                );
        }
        finally
        {
            _rendering.TryRemove(key, out _);
            mine.SetResult(page is { IsWhole: true } ? page : null);
        }

        if (page is not null)
            await SendAsync(context, page);
    }

    /// <inheritdoc />
    public void Dispose() => _pages.Dispose();

    /// <summary>What a page depends on beside what is stored; null if it is not to be kept.</summary>
    private string? KeyOf(HttpContext context)
    {
        var request = context.Request;
        if (SignInCookie.IsSaid(request) || request.QueryString.Value is { Length: > 1_000 })
            return null;
        var query = PageQuery.Of(context, time);
        if (query.Clocks.KnownAt is { } known && query.Clocks.Now - known < Settled)
            return null;
        return $"{query.Language} {query.Theme} {query.Clocks.Now.DayOf():yyyyMMdd} {query.Origin}{query.Path}{request.QueryString}";
    }

    private async Task RenderAndSendAsync(HttpContext context, RequestDelegate render)
    {
        if (await RenderAsync(context, render, null) is { } page)
            await SendAsync(context, page);
    }

    /// <summary>Renders the page; null if the answer is no page (a redirect, a file): then it was sent as it is.</summary>
    private static async Task<KeptPage?> RenderAsync(HttpContext context, RequestDelegate render, StoreVersion? version)
    {
        var response = context.Response;
        var body = response.Body;
        using var page = new MemoryStream();
        response.Body = page;
        try
        {
            await render(context);
        }
        finally
        {
            response.Body = body;
        }

        // Nothing has gone out yet, so headers can still be set.
        if (response.ContentType is Image || response.ContentType?.StartsWith("text/html", StringComparison.Ordinal) == true)
        {
            var isWhole = response.StatusCode == StatusCodes.Status200OK && !context.Items.ContainsKey(Status);
            return new KeptPage(page.ToArray(), isWhole, response.ContentType, response.Headers.ContentLanguage.ToString(), version);
        }

        if (page.Length == 0)
            return null;
        response.ContentLength = page.Length;
        page.Position = 0;
        await page.CopyToAsync(body, context.RequestAborted);
        return null;
    }

    private static async Task SendAsync(HttpContext context, KeptPage page)
    {
        var (request, response) = (context.Request, context.Response);
        // An image is compressed already.
        var encoding = page.ContentType == Image ? null : KeptPage.EncodingFor(request.GetTypedHeaders().AcceptEncoding);
        response.Headers.ETag = page.TagFor(encoding);
        response.Headers.CacheControl = "no-cache";
        response.Headers.Vary = "Accept-Encoding, Accept-Language, Cookie";
        response.Headers.ContentLanguage = page.Language;
        if (page.IsWhole && request.GetTypedHeaders().IfNoneMatch.Any(page.Is))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            response.ContentType = null;
            response.ContentLength = null;
            return;
        }

        var bytes = page.BytesIn(encoding);
        response.ContentType = page.ContentType;
        response.ContentLength = bytes.Length;
        if (encoding is not null)
            response.Headers.ContentEncoding = encoding;
        await response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    /// <summary>A page as it was rendered.</summary>
    private sealed class KeptPage(byte[] bytes, bool isWhole, string contentType, string language, StoreVersion? version)
    {
        private readonly string _tag = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12));
        private readonly ConcurrentDictionary<string, byte[]> _compressed = new(StringComparer.Ordinal);
        private long _foundOld;

        public byte[] Bytes => bytes;

        /// <summary>True for a page with status 200; others are never kept.</summary>
        public bool IsWhole => isWhole;
        public string ContentType => contentType;
        public string Language => language;
        public StoreVersion? Version => version;

        /// <summary>How long the page is known to be old.</summary>
        public TimeSpan OldFor()
        {
            Interlocked.CompareExchange(ref _foundOld, Stopwatch.GetTimestamp(), 0);
            return Stopwatch.GetElapsedTime(Interlocked.Read(ref _foundOld));
        }

        public static string? EncodingFor(IList<StringWithQualityHeaderValue> accepted) =>
            accepted.Any(e => e.Quality != 0 && e.Value.Equals("br", StringComparison.OrdinalIgnoreCase)) ? "br"
            : accepted.Any(e => e.Quality != 0 && e.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase)) ? "gzip"
            : null;

        /// <summary>A strong tag names the bytes that go out, so each encoding has its own.</summary>
        public string TagFor(string? encoding) => encoding is null ? $"\"{_tag}\"" : $"\"{_tag}-{encoding}\"";

        public bool Is(EntityTagHeaderValue tag) =>
            tag.Tag == "*" || tag.Tag.Equals($"\"{_tag}\"") || tag.Tag.StartsWith($"\"{_tag}-", StringComparison.Ordinal);

        public byte[] BytesIn(string? encoding) => encoding is null ? bytes : _compressed.GetOrAdd(encoding, Compressed);

        private byte[] Compressed(string encoding)
        {
            using var into = new MemoryStream();
            using (
                Stream through =
                    encoding == "br" ? new BrotliStream(into, CompressionLevel.Optimal) : new GZipStream(into, CompressionLevel.Optimal)
            )
                through.Write(bytes);
            return into.ToArray();
        }
    }
}
