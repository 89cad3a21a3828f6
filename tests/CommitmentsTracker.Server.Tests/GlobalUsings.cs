global using System.Net;
global using System.Text.Json.Nodes;
global using CommitmentsTracker.Testing.Hosting;
global using Shouldly;
global using Xunit;

[assembly: AssemblyFixture(typeof(TestDatabase))]

/// <summary>Test classes that share the desk's tracker. They run one after another.</summary>
[CollectionDefinition(nameof(SharedDesk))]
public sealed class SharedDeskCollection : ICollectionFixture<SharedDesk>;
