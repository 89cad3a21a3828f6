global using System.Net;
global using System.Text.Json.Nodes;
global using CommitmentsTracker.Testing.Hosting;
global using Shouldly;
global using Xunit;

[assembly: AssemblyFixture(typeof(TestDatabase))]
