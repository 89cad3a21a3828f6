using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Server.People;
using CommitmentsTracker.Testing.Forums;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CommitmentsTracker.Server.Tests.People;

/// <summary>Signing in by a provider that really issues signed tokens, on a port of its own.</summary>
public sealed class ProviderTests : IAsyncLifetime
{
    private OpenProvider _provider = null!;
    private Tracker _tracker = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await OpenProvider.StartAsync();
        // Tokens are judged by the machine's clock.
        _tracker = await Tracker.StartAsync(
            Running.OnPort,
            time: new FakeTimeProvider(TimeProvider.System.GetUtcNow()),
            settings:
            [
                (Provider.AuthoritySetting, _provider.Issuer),
                (Provider.ClientSetting, OpenProvider.Client),
                (Provider.SecretSetting, OpenProvider.Secret),
            ]
        );
        await _tracker.ImportAsync(Harbour.Folder());
    }

    public async ValueTask DisposeAsync()
    {
        await _tracker.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task Whoever_comes_by_the_provider_has_no_role_and_is_the_same_person_the_next_time()
    {
        _provider.Subject = "first";
        using var browser = new Browser(_tracker);
        (await browser.GetAsync("/desk/sign-in?lang=en")).Should(200).Body.ShouldContain("Sign in with your organisation");
        Browser.To(await ComeAsync(browser, "/desk/account")).ShouldBe("/desk/account");
        (await browser.GetAsync("/desk/account?lang=en")).Should(200).Body.ShouldContain("You have no role yet.");
        (await browser.GetAsync("/desk/log")).Should(403);
        using var again = new Browser(_tracker);
        await ComeAsync(again, "/");
        (
            await _tracker.RowsAsync("select p.name from people p join provider_logins l on l.person = p.id where l.subject = 'first'")
        ).ShouldBe(["Pia Provider"]);
        (await _tracker.RowsAsync("select way from sessions where way = 'provider'")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_invitation_gives_them_a_role()
    {
        _provider.Subject = "invited";
        var (_, secret) = await _tracker
            .Get<Invitations>()
            .MakeAsync(new Grant(Role.Editor, Harbour.Slug), null, null, TestContext.Current.CancellationToken);
        using var browser = new Browser(_tracker);
        Browser.To(await ComeAsync(browser, Invitations.Page + secret)).ShouldBe(Invitations.Page + secret);
        (await browser.SubmitAsync(Invitations.Page + secret, "take")).Should(302);
        (await browser.GetAsync("/desk/log")).Should(200);
    }

    [Fact]
    public async Task An_address_that_the_provider_claims_opens_nobody_elses_account()
    {
        var (person, _) = await _tracker.Get<Accounts>().AddAsync("Owner", Roles.Administrator, ct: TestContext.Current.CancellationToken);
        using var owner = await Browser.OfAsync(_tracker, person.Id);
        (
            await owner.SubmitAsync(
                "/desk/account",
                "new-password",
                ("NewPassword.Email", OpenProvider.Email),
                ("NewPassword.Password", "seven slow herons 7")
            )
        ).Should(302);
        _provider.Subject = "stranger";
        using var stranger = new Browser(_tracker);
        await ComeAsync(stranger, "/");
        (await stranger.GetAsync("/desk/people")).Should(403);
    }

    [Theory]
    [InlineData("key")]
    [InlineData("nonce")]
    [InlineData("audience")]
    [InlineData("issuer")]
    [InlineData("expired")]
    [InlineData("verifier")]
    public async Task A_token_that_is_not_right_lets_nobody_in(string wrong)
    {
        (_provider.Subject, _provider.Wrong) = ("forged", wrong);
        using var browser = new Browser(_tracker);
        Browser.To(await ComeAsync(browser, "/desk/account")).ShouldBe("/desk/sign-in?failed=provider");
        (await browser.GetAsync("/desk/account")).Should(302);
        (await _tracker.RowsAsync("select subject from provider_logins where subject = 'forged'")).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_answer_that_nobody_asked_for_is_refused()
    {
        _provider.Subject = "pushed";
        using var victim = new Browser(_tracker);
        using var attacker = new Browser(_tracker);
        var callback = await _provider.ReturnAsync((await attacker.GetAsync("/desk/sign-in/provider?return=/")).Should(302).Location!);
        Browser.To(await victim.GetAsync(callback)).ShouldBe("/desk/sign-in?failed=provider");
    }

    [Theory]
    [InlineData("https://example.org")]
    [InlineData("//example.org")]
    public async Task The_way_back_stays_on_this_site(string elsewhere)
    {
        _provider.Subject = "returning";
        Browser.To(await ComeAsync(new Browser(_tracker), elsewhere)).ShouldBe("/");
    }

    [Theory]
    [InlineData("http://provider.example.org", "x")]
    [InlineData("provider", "x")]
    [InlineData("https://provider.example.org", "")]
    public async Task Settings_that_cannot_be_are_said_at_the_start(string authority, string client) =>
        (
            await Should.ThrowAsync<InvalidOperationException>(() =>
                Tracker.StartAsync(Running.Services, settings: [(Provider.AuthoritySetting, authority), (Provider.ClientSetting, client)])
            )
        ).Message.ShouldContain("TRACKER_OIDC_");

    /// <summary>Goes to the provider and comes back; the answer at the end.</summary>
    private async Task<Answer> ComeAsync(Browser browser, string back)
    {
        var asked = (await browser.GetAsync($"/desk/sign-in/provider?return={Uri.EscapeDataString(back)}")).Should(302).Location!;
        asked.ShouldContain("code_challenge_method=S256");
        var returned = await browser.GetAsync(await _provider.ReturnAsync(asked));
        var done = Browser.To(returned);
        return done.StartsWith("/desk/sign-in/provider/done", StringComparison.Ordinal) ? await browser.GetAsync(done) : returned;
    }
}

/// <summary>A small OpenID Connect provider: it asks nobody anything, but checks its client as a real one does.</summary>
public sealed class OpenProvider : IAsyncDisposable
{
    public const string Client = "tracker";
    public const string Secret = "known to both";
    public const string Email = "pia@example.org";

    private readonly WebApplication _app;
    private readonly HttpClient _http = new(new HttpClientHandler { AllowAutoRedirect = false });
    private readonly RsaSecurityKey _key = new(RSA.Create(2048)) { KeyId = "1" };
    private readonly RsaSecurityKey _other = new(RSA.Create(2048)) { KeyId = "1" };
    private readonly ConcurrentDictionary<string, (string Nonce, string Challenge)> _codes = new();

    private OpenProvider(WebApplication app) => _app = app;

    /// <summary>Its address.</summary>
    public string Issuer => _app.Urls.First();

    /// <summary>Who signs in there.</summary>
    public string Subject { get; set; } = "somebody";

    /// <summary>What is wrong with its answers; null: nothing.</summary>
    public string? Wrong { get; set; }

    public static async Task<OpenProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var provider = new OpenProvider(app);
        provider.Map();
        await app.StartAsync();
        return provider;
    }

    /// <summary>The address within the tracker to which the provider sends a browser back.</summary>
    public async Task<string> ReturnAsync(string asked)
    {
        using var answer = await _http.GetAsync(new Uri(asked), TestContext.Current.CancellationToken);
        return answer.Headers.Location!.PathAndQuery;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    private void Map()
    {
        _app.MapGet(
            "/.well-known/openid-configuration",
            () =>
                Results.Json(
                    new
                    {
                        issuer = Issuer,
                        authorization_endpoint = Issuer + "/authorize",
                        token_endpoint = Issuer + "/token",
                        jwks_uri = Issuer + "/keys",
                        response_types_supported = new[] { "code" },
                        subject_types_supported = new[] { "public" },
                        id_token_signing_alg_values_supported = new[] { "RS256" },
                    }
                )
        );
        _app.MapGet(
            "/keys",
            () =>
            {
                var key = _key.Rsa.ExportParameters(false);
                return Results.Json(
                    new
                    {
                        keys = new[]
                        {
                            new
                            {
                                kty = "RSA",
                                use = "sig",
                                alg = "RS256",
                                kid = _key.KeyId,
                                n = Base64Url.EncodeToString(key.Modulus),
                                e = Base64Url.EncodeToString(key.Exponent),
                            },
                        },
                    }
                );
            }
        );
        _app.MapGet(
            "/authorize",
            (HttpContext http) =>
            {
                var query = http.Request.Query;
                if (query["client_id"] != Client || query["response_type"] != "code" || query["code_challenge_method"] != "S256")
                    return Results.BadRequest();
                var code = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
                _codes[code] = (query["nonce"]!, query["code_challenge"]!);
                return Results.Redirect($"{query["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(query["state"]!)}");
            }
        );
        _app.MapPost(
            "/token",
            async (HttpContext http) =>
            {
                var form = await http.Request.ReadFormAsync();
                var isOwn = form["client_id"] == Client && form["client_secret"] == Secret && form["grant_type"] == "authorization_code";
                if (!isOwn || !_codes.TryRemove(form["code"].ToString(), out var asked))
                    return Results.BadRequest(new { error = "invalid_grant" });
                var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
                if (challenge != asked.Challenge || Wrong == "verifier")
                    return Results.BadRequest(new { error = "invalid_grant" });
                var now = TimeProvider.System.GetUtcNow().UtcDateTime;
                var token = new JsonWebTokenHandler().CreateToken(
                    new SecurityTokenDescriptor
                    {
                        Issuer = Wrong == "issuer" ? "https://elsewhere.example.org" : Issuer,
                        Audience = Wrong == "audience" ? "another client" : Client,
                        IssuedAt = now.AddHours(-2),
                        NotBefore = now.AddHours(-2),
                        Expires = Wrong == "expired" ? now.AddHours(-1) : now.AddMinutes(5),
                        SigningCredentials = new SigningCredentials(Wrong == "key" ? _other : _key, SecurityAlgorithms.RsaSha256),
                        Claims = new Dictionary<string, object>
                        {
                            ["sub"] = Subject,
                            ["name"] = "Pia Provider",
                            ["email"] = Email,
                            ["nonce"] = Wrong == "nonce" ? "another" : asked.Nonce,
                        },
                    }
                );
                return Results.Json(
                    new
                    {
                        access_token = "unused",
                        token_type = "Bearer",
                        expires_in = 300,
                        id_token = token,
                    }
                );
            }
        );
    }
}
