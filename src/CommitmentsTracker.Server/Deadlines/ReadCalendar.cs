using System.Security.Cryptography;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Api;
using Microsoft.Extensions.Caching.Memory;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Deadlines;

/// <summary>Deadlines for calendar programs, narrowed by the filters of lists.</summary>
public static class GetCalendar
{
    private const string MediaType = "text/calendar; charset=utf-8";

    [WolverineGet("/calendar.ics"), Tags("Deadlines")]
    [Describes(
        "Deadlines as iCalendar: one all-day event for each item",
        typeof(string),
        "asOf",
        "knownAt",
        "kind",
        "status",
        "theme",
        "party",
        "forum",
        "q",
        "signal",
        "lang",
        MediaType = "text/calendar"
    )]
    public static async Task<IResult> Get(
        HttpContext context,
        KeptCalendars kept,
        ForumDirectory directory,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var request = ReadRequest.Of(context, time, ReadRequest.FilterParameters);
        var filter = request.Filter(await directory.NamesAsync(ct));
        var language = request.One("lang") ?? "en";
        if (request.Problem is { } problem)
            return problem;
        var origin = $"{context.Request.Scheme}://{context.Request.Host}";
        if (await kept.OfAsync($"{origin} {context.Request.QueryString}", request.Clocks, filter, language, origin, ct) is not { } file)
            return Problems.Of(400, "too-many", "", $"More than {CalendarFile.Most} deadlines; narrow by forum, kind, theme or party.");
        return await request.AnswerAsync(() => Task.FromResult(file.Bytes), MediaType, file.Tag, isFixed: false);
    }
}

/// <summary>A calendar as it was written.</summary>
public sealed record WrittenCalendar(byte[] Bytes, string Tag);

/// <summary>Keeps calendars until anything that is stored changes or a minute is over: programs ask for them again and again.</summary>
public sealed class KeptCalendars(CalendarFile calendar, StoreVersions versions) : IDisposable
{
    private const long MostBytes = 32 * 1024 * 1024;

    private readonly MemoryCache _files = new(new MemoryCacheOptions { SizeLimit = MostBytes });

    /// <summary>The file of an address; null: too many deadlines.</summary>
    public async Task<WrittenCalendar?> OfAsync(
        string address,
        AskedClocks clocks,
        ItemFilter filter,
        string language,
        string origin,
        CancellationToken ct
    )
    {
        // What vanished 90 days ago leaves the file with the clock alone, and signals change with the day.
        var key = (address, await versions.CurrentAsync(ct), clocks.Now.UtcTicks / TimeSpan.TicksPerMinute);
        if (_files.Get<WrittenCalendar>(key) is { } kept)
            return kept;
        if (await calendar.ReadAsync(filter, clocks, ct) is not { } entries)
            return null;
        var bytes = CalendarFile.Write(entries, Phrasebook.For(language), origin);
        var file = new WrittenCalendar(bytes, Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12)));
        return _files.Set(
            key,
            file,
            new MemoryCacheEntryOptions { Size = bytes.Length, AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(2) }
        );
    }

    /// <inheritdoc />
    public void Dispose() => _files.Dispose();
}
