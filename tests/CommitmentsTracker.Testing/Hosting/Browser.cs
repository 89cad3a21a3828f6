using System.Net;
using System.Text.RegularExpressions;
using CommitmentsTracker.People.Identity;

namespace CommitmentsTracker.Testing.Hosting;

/// <summary>A browser without a screen: it keeps cookies, follows nothing by itself and fills in forms with their token.</summary>
public sealed partial class Browser : IDisposable
{
    private readonly HttpClient _client;

    /// <summary>A browser that was never here; the tracker has to be on a port.</summary>
    public Browser(Tracker tracker)
        : this(tracker.Address) { }

    /// <summary>A browser that was never here, of whatever serves this address.</summary>
    public Browser(Uri address) =>
        _client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = Cookies })
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromSeconds(60),
        };

    /// <summary>Its cookies.</summary>
    public CookieContainer Cookies { get; } = new();

    /// <summary>A browser of somebody who came by a one-time link.</summary>
    public static async Task<Browser> OfAsync(Tracker tracker, string person)
    {
        var browser = new Browser(tracker);
        (await browser.EnterAsync(await tracker.Get<Accounts>().NewLinkAsync(person))).Should(302);
        return browser;
    }

    /// <summary>Opens a one-time link and presses its button.</summary>
    public Task<Answer> EnterAsync(string secret) => SubmitAsync($"/desk/sign-in/{secret}", "enter");

    /// <summary>Opens an address.</summary>
    public Task<Answer> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative)));

    /// <summary>Opens a page and sends one of its forms back.</summary>
    /// <param name="path">Address of the page.</param>
    /// <param name="form">Name of the form, as its handler knows it.</param>
    /// <param name="fields">What is typed.</param>
    public async Task<Answer> SubmitAsync(string path, string form, params (string Name, string Value)[] fields)
    {
        var page = (await GetAsync(path)).Should(200);
        return await PostAsync(
            path,
            [("_handler", form), ("__RequestVerificationToken", FormToken().Match(page.Body).Groups[1].Value), .. fields]
        );
    }

    /// <summary>Where an answer leads, without the site itself.</summary>
    public static string To(Answer answer) =>
        new Uri(new Uri("http://site"), answer.Should(302).Location!) is var uri
        && answer.Location!.StartsWith("http", StringComparison.Ordinal)
        && !uri.IsLoopback
            ? answer.Location!
            : uri.PathAndQuery;

    /// <summary>Sends fields as they are.</summary>
    public Task<Answer> PostAsync(string path, params (string Name, string Value)[] fields) =>
        SendAsync(
            new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative))
            {
                Content = new FormUrlEncodedContent(fields.Select(f => new KeyValuePair<string, string>(f.Name, f.Value))),
            }
        );

    /// <summary>Sends a request and reads no more than the head of the answer, for streams never end.</summary>
    public async Task<Answer> SendAsync(HttpRequestMessage request, bool headOnly = false)
    {
        using (request)
        {
            using var response = await _client.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                TestContext.Current.CancellationToken
            );
            return new Answer(
                (int)response.StatusCode,
                headOnly ? "" : await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
                response.Headers,
                response.Content.Headers
            );
        }
    }

    public void Dispose() => _client.Dispose();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();
}
