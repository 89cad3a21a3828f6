using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using CommitmentsTracker.Record.Audit;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Items;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>
/// How much one address may read from the API in a minute, so that one reader cannot take the tracker from the others.
/// Pages, feeds and health are not counted, and writes need a token.
/// </summary>
public static class ReadLimits
{
    /// <summary>The setting; 0 stands for no limit.</summary>
    public const string Setting = "TRACKER_READS_PER_MINUTE";

    /// <summary>Reads in a minute unless set otherwise.</summary>
    public const int Default = 6_000;

    /// <summary>A whole list as a file weighs as much as so many reads.</summary>
    private const int ReadsOfFile = 100;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>Registers the limits.</summary>
    /// <exception cref="InvalidOperationException">The setting is no whole number.</exception>
    public static void AddReadLimits(this IServiceCollection services, IConfiguration configuration)
    {
        var reads =
            configuration[Setting] is not { Length: > 0 } set ? Default
            : int.TryParse(set, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given
            : throw new InvalidOperationException($"{Setting} is a whole number, 0 for no limit; it is '{set}'.");
        services.AddRateLimiter(o =>
        {
            o.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, (string? Reader, bool File)>(context =>
            {
                if (
                    reads == 0
                    || !HttpMethods.IsGet(context.Request.Method)
                    || !context.Request.Path.StartsWithSegments("/api")
                    || Visitor.ReaderOf(context.Connection.RemoteIpAddress) is not { } reader
                )
                    return RateLimitPartition.GetNoLimiter<(string?, bool)>((null, false));
                var file = context.Request.Path.Equals(DownloadItems.Address, StringComparison.OrdinalIgnoreCase);
                return RateLimitPartition.GetFixedWindowLimiter<(string?, bool)>(
                    (reader, file),
                    _ => new FixedWindowRateLimiterOptions
                    {
                        PermitLimit = file ? Math.Max(1, reads / ReadsOfFile) : reads,
                        Window = Window,
                        QueueLimit = 0,
                    }
                );
            });
            o.OnRejected = async (rejected, _) =>
            {
                var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : Window;
                var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
                rejected.HttpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
                await Problems
                    .Of(
                        StatusCodes.Status429TooManyRequests,
                        "rate",
                        "",
                        $"That is more than one address may read in a minute; go on in {seconds} s."
                    )
                    .ExecuteAsync(rejected.HttpContext);
            };
        });
    }
}
