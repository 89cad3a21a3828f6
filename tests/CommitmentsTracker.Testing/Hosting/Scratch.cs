namespace CommitmentsTracker.Testing.Hosting;

/// <summary>A folder that is gone after the test.</summary>
public sealed class Scratch : IDisposable
{
    public Scratch() => Directory.CreateDirectory(Path);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"ct-scratch-{Guid.CreateVersion7():n}");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
