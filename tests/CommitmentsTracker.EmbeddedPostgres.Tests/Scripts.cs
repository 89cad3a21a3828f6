using System.Reflection;

namespace CommitmentsTracker.EmbeddedPostgres.Tests;

public sealed class Scripts
{
    private static readonly string Repository = typeof(Scripts)
        .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "RepositoryFolder")
        .Value!;

    [Theory]
    [InlineData("ops/run")]
    [InlineData("ops/test")]
    [InlineData(".ci/run")]
    public async Task Bash_can_parse_them_and_they_can_be_executed(string script)
    {
        var path = Path.Combine(Repository, script);
        await ScratchFolder.RunAsync("bash", "-n", path);
        await ScratchFolder.RunAsync("test", "-x", path);
    }
}
