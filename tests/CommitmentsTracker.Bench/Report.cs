using System.Globalization;

namespace CommitmentsTracker.Bench;

/// <summary>What was measured against what was aimed at.</summary>
internal sealed class Report
{
    private readonly List<(string What, string Measured, string Target, bool? Met)> _lines = [];

    public bool AllMet => _lines.TrueForAll(l => l.Met != false);

    /// <summary>A number that must be at least the target.</summary>
    public void AtLeast(string what, double measured, double target, string unit = "") =>
        _lines.Add((what, Number(measured) + unit, $">= {Number(target)}{unit}", measured >= target));

    /// <summary>A number that must be at most the target.</summary>
    public void AtMost(string what, double measured, double target, string unit = "") =>
        _lines.Add((what, Number(measured) + unit, $"<= {Number(target)}{unit}", measured <= target));

    /// <summary>A number without a target.</summary>
    public void Told(string what, double measured, string unit = "") => _lines.Add((what, Number(measured) + unit, "", null));

    public void Print(TextWriter to)
    {
        var width = _lines.Max(l => l.What.Length);
        to.WriteLine();
        to.WriteLine($"{"".PadRight(width)}  {"measured", 14}  {"target", 14}");
        foreach (var (what, measured, target, met) in _lines)
        {
            var verdict = met switch
            {
                true => "met",
                false => "MISSED",
                _ => "",
            };
            to.WriteLine($"{what.PadRight(width)}  {measured, 14}  {target, 14}  {verdict}".TrimEnd());
        }
    }

    private static string Number(double n) =>
        n.ToString(
            n >= 100 ? "#,0"
                : n >= 10 ? "0.0"
                : "0.00",
            CultureInfo.InvariantCulture
        );
}

/// <summary>Durations of one kind of call.</summary>
internal sealed class Durations
{
    private readonly List<double> _milliseconds = [];

    public async Task TakeAsync(Func<Task> call)
    {
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        await call();
        _milliseconds.Add(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    public void Add(TimeSpan took)
    {
        lock (_milliseconds)
            _milliseconds.Add(took.TotalMilliseconds);
    }

    public double At(double part) => _milliseconds.Order().ElementAt(Math.Min(_milliseconds.Count - 1, (int)(_milliseconds.Count * part)));
}
