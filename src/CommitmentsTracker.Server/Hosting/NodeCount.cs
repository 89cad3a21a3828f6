using Wolverine;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>On how many nodes the tracker runs: whether the recurring jobs need a leader.</summary>
/// <param name="IsSeveral">True if several programs share the database.</param>
public sealed record NodeCount(bool IsSeveral)
{
    /// <summary>Name of the setting.</summary>
    public const string Setting = "TRACKER_NODES";

    /// <summary>A leader that says nothing for so long is replaced. Its jobs rest until then.</summary>
    private static readonly TimeSpan SilentAtMost = TimeSpan.FromSeconds(15);

    /// <summary>How often a node says that it is there, and looks for others that do not.</summary>
    private static readonly TimeSpan SaysSo = TimeSpan.FromSeconds(3);

    /// <summary>Reads the setting; without one, there is one node.</summary>
    /// <exception cref="InvalidOperationException">It is another word.</exception>
    public static NodeCount Of(IConfiguration configuration) =>
        configuration[Setting] switch
        {
            null or "" or "one" => new NodeCount(false),
            "several" => new NodeCount(true),
            var other => throw new InvalidOperationException(
                $"{Setting} is '{other}'; it is one (a single program on the database, the default) or several (more than one)."
            ),
        };

    /// <summary>A single node does all recurring jobs at once after its start; of several, one that they agree on does.</summary>
    internal void Apply(DurabilitySettings settings)
    {
        settings.NodeAssignmentHealthCheckTracingEnabled = false;
        settings.Mode = IsSeveral ? DurabilityMode.Balanced : DurabilityMode.Solo;
        if (!IsSeveral)
            return;
        settings.StaleNodeTimeout = SilentAtMost;
        settings.HealthCheckPollingTime = SaysSo;
        settings.CheckAssignmentPeriod = SaysSo;
    }
}
