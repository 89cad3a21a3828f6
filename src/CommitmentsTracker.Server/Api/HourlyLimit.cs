using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using CommitmentsTracker.Record.Audit;

namespace CommitmentsTracker.Server.Api;

/// <summary>How often one network address may do something in an hour, counted on this node by the machine's own time.</summary>
public sealed class HourlyLimit : IDisposable
{
    private readonly PartitionedRateLimiter<string>? _limiter;

    /// <summary>Reads the limit.</summary>
    /// <param name="configuration">Where it may be set.</param>
    /// <param name="setting">Name of the setting; 0 stands for no limit.</param>
    /// <param name="standard">The limit unless set otherwise.</param>
    /// <exception cref="InvalidOperationException">The setting is no whole number.</exception>
    public HourlyLimit(IConfiguration configuration, string setting, int standard)
    {
        var limit =
            configuration[setting] is not { Length: > 0 } set ? standard
            : int.TryParse(set, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given
            : throw new InvalidOperationException($"{setting} is a whole number, 0 for no limit; it is '{set}'.");
        if (limit == 0)
            return;
        _limiter = PartitionedRateLimiter.Create<string, string>(reader =>
            RateLimitPartition.GetFixedWindowLimiter(
                reader,
                _ => new FixedWindowRateLimiterOptions
                {
                    PermitLimit = limit,
                    Window = TimeSpan.FromHours(1),
                    QueueLimit = 0,
                }
            )
        );
    }

    /// <summary>True if once more is within the limit; it counts.</summary>
    /// <param name="from">The network address; null: from within the process, which is not limited.</param>
    public bool Allows(IPAddress? from) =>
        _limiter is null || Visitor.ReaderOf(from) is not { } reader || _limiter.AttemptAcquire(reader).IsAcquired;

    /// <inheritdoc />
    public void Dispose() => _limiter?.Dispose();
}
