global using CommitmentsTracker.Pages.Tests.Hosting;
global using Microsoft.Playwright;
global using static Microsoft.Playwright.Assertions;
global using Shouldly;
global using Xunit;

[assembly: AssemblyFixture(typeof(Stage))]
