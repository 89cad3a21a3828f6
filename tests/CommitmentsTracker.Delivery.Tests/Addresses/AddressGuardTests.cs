using System.Net.Sockets;
using CommitmentsTracker.Delivery.Addresses;
using CommitmentsTracker.Testing.Webhooks;
using Microsoft.Extensions.Configuration;

namespace CommitmentsTracker.Delivery.Tests.Addresses;

/// <summary>Where no request may go, however the address is written.</summary>
public sealed class AddressGuardTests : IAsyncLifetime
{
    private Receiver _forbidden = null!;
    private int _port;

    public async ValueTask InitializeAsync()
    {
        _forbidden = await Receiver.StartAsync();
        _port = new Uri(_forbidden.Url).Port;
    }

    public ValueTask DisposeAsync() => _forbidden.DisposeAsync();

    /// <summary>Ways to write this machine, or what leads into one's own network.</summary>
    public static TheoryData<string> Forms { get; } =
    [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "127.9.9.9",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::]",
        "0.0.0.0",
        "0",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[fe80::1]",
        "[fec0::1]",
        "[fd00::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[3fff::1]",
        "[100::1]",
        "[5f00::1]",
        "[4000::1]",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "192.88.99.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "user@127.0.0.1",
        "user:password@127.0.0.1",
        "example.org@127.0.0.1",
        "127.0.0.1#@example.org",
        "①②⑦.0.0.1",
        "127。0。0。1",
        "%31%32%37.0.0.1",
        "1.2.3.4.5",
    ];

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task No_form_of_an_address_reaches_what_is_forbidden_and_save_and_connect_agree(string host)
    {
        foreach (var scheme in new[] { "http", "https" })
        {
            var place = host.Contains('#', StringComparison.Ordinal)
                ? host.Replace("#", $":{_port}#", StringComparison.Ordinal)
                : $"{host}:{_port}";
            var address = $"{scheme}://{place}/hook";
            (await AddressGuard.PublicOnly.CheckAsync(address, TestContext.Current.CancellationToken))
                .ShouldNotBeNull(address)
                .Message.ShouldNotBeNullOrWhiteSpace();
            await ShouldNotConnectAsync(AddressGuard.PublicOnly, address);
        }

        _forbidden.Notices.Count.ShouldBe(0);
        _forbidden.Pings.Count.ShouldBe(0);
    }

    [Theory]
    [InlineData("ftp://example.org/", "url")]
    [InlineData("https:example.org/", "url")]
    [InlineData("https:///example.org/", "url")]
    [InlineData("//example.org/", "url")]
    [InlineData("https://exa mple.org/", "url")]
    [InlineData("https://example.org\\@127.0.0.1/", "url")]
    [InlineData("https://example.org/\r\nX-Injected: 1", "url")]
    [InlineData("javascript:alert(1)", "url")]
    [InlineData("https://example.org/#part", "fragment")]
    [InlineData("https://example.org/#", "fragment")]
    [InlineData("https://name@example.org/", "user-info")]
    [InlineData("https://@example.org/", "user-info")]
    [InlineData("https://example.org:0/", "port")]
    [InlineData("https://example.org./", "host")]
    [InlineData("https://[fe80::1%25eth0]/", "host")]
    [InlineData("https://134744072/", "host")]
    [InlineData("https://010.8.8.8/", "host")]
    [InlineData("https://0x8.8.8.8/", "host")]
    public async Task An_odd_form_is_refused_with_its_reason(string address, string rule) =>
        (await Everybody().CheckAsync(address, TestContext.Current.CancellationToken)).ShouldNotBeNull(address).Rule.ShouldBe(rule);

    [Theory]
    [InlineData("https://example.org/hook?key=1", null)]
    [InlineData("https://example.org:8443/", null)]
    [InlineData("https://8.8.8.8/", null)]
    [InlineData("https://[2606:4700::1111]/", null)]
    [InlineData("https://例子.测试/", null)]
    [InlineData("http://example.org/", "https")]
    [InlineData("http://8.8.8.8/", "https")]
    public async Task A_public_address_may_be_reached_by_https(string address, string? rule) =>
        (await Everybody().CheckAsync(address, TestContext.Current.CancellationToken))?.Rule.ShouldBe(rule);

    [Theory]
    [InlineData("10.0.0.0/8", "10.1.2.3", true)]
    [InlineData("10.1.0.0/16", "10.2.0.1", false)]
    [InlineData("0.0.0.0/0", "10.1.2.3", true)]
    [InlineData("0.0.0.0/0", "127.0.0.1", false)]
    [InlineData("0.0.0.0/0", "169.254.169.254", false)]
    [InlineData("127.0.0.1/32", "127.0.0.1", true)]
    [InlineData("127.0.0.1/32", "127.0.0.2", false)]
    [InlineData("127.0.0.1/32", "::ffff:127.0.0.1", true)]
    [InlineData("127.0.0.1/32", "64:ff9b::7f00:1", false)]
    [InlineData("169.254.169.254/32", "169.254.169.254", true)]
    [InlineData("::/0", "::1", false)]
    [InlineData("::/0", "fe80::1", false)]
    [InlineData("::/0", "fd00::1", true)]
    [InlineData("fc00::/7", "fd00::1", true)]
    [InlineData("::1/128", "::1", true)]
    public void A_network_is_allowed_by_naming_it_and_what_is_sealed_only_by_a_network_inside_it(
        string allowed,
        string address,
        bool isReached
    ) => (new AddressGuard([IPNetwork.Parse(allowed)]).Verdict(IPAddress.Parse(address), plainHttp: true) is null).ShouldBe(isReached);

    [Fact]
    public async Task The_allowed_network_works()
    {
        var guard = new AddressGuard([IPNetwork.Parse("127.0.0.1/32")]);
        (await guard.CheckAsync(_forbidden.Url, TestContext.Current.CancellationToken)).ShouldBeNull();
        using var client = new HttpClient(guard.Handler());
        using var answer = await client.PostAsync(
            new Uri(_forbidden.Url),
            new StringContent("{\"type\":\"x\"}"),
            TestContext.Current.CancellationToken
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        _forbidden.Notices.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_name_that_changes_its_address_after_it_was_saved_is_not_followed()
    {
        var lookups = 0;
        var guard = new AddressGuard(
            [],
            (_, _) => Task.FromResult<IPAddress[]>([++lookups == 1 ? IPAddress.Parse("93.184.215.14") : IPAddress.Loopback])
        );
        (await guard.CheckAsync($"https://rebinding.example:{_port}/", TestContext.Current.CancellationToken)).ShouldBeNull();
        await ShouldNotConnectAsync(guard, $"https://rebinding.example:{_port}/", mustBeBlocked: true);
        lookups.ShouldBe(2, "one look-up for each verdict, and none behind it");
    }

    [Fact]
    public async Task A_redirect_is_not_followed_unless_asked_for_and_then_only_to_where_one_may_go()
    {
        await using var first = await Receiver.StartAsync();
        // The other port stands on an address that is not allowed.
        first.AnswersWith(302, ("Location", $"http://127.0.0.2:{_port}/"));
        var guard = new AddressGuard([IPNetwork.Parse("127.0.0.1/32")]);
        using (var client = new HttpClient(guard.Handler()))
        using (
            var answer = await client.PostAsync(
                new Uri(first.Url),
                new StringContent("{\"type\":\"x\"}"),
                TestContext.Current.CancellationToken
            )
        )
            answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        using (var client = new HttpClient(guard.Handler(redirects: 8, plainHttp: true)))
        {
            AddressBlockedException
                .In(
                    await Should.ThrowAsync<HttpRequestException>(() =>
                        client.PostAsync(new Uri(first.Url), new StringContent("{\"type\":\"x\"}"), TestContext.Current.CancellationToken)
                    )
                )
                .ShouldNotBeNull();
        }

        _forbidden.Notices.Count.ShouldBe(0);
    }

    [Fact]
    public void A_proxy_of_the_environment_and_cookies_are_left_alone()
    {
        using var handler = AddressGuard.PublicOnly.Handler();
        (handler.UseProxy, handler.UseCookies, handler.AllowAutoRedirect).ShouldBe((false, false, false));
        handler.PooledConnectionLifetime.ShouldBe(TimeSpan.FromMinutes(2));
    }

    [Theory]
    [InlineData("10.0.0.0/8, 127.0.0.1/32", true)]
    [InlineData("", true)]
    [InlineData("10.0.0.0/33", false)]
    [InlineData("localhost", false)]
    public void The_setting_is_read_strictly(string setting, bool isRead)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { [AddressGuard.Setting] = setting })
            .Build();
        if (isRead)
            AddressGuard.Of(configuration).ShouldNotBeNull();
        else
            Should.Throw<InvalidOperationException>(() => AddressGuard.Of(configuration)).Message.ShouldContain(AddressGuard.Setting);
    }

    /// <summary>A guard for whom each name is a public address.</summary>
    private static AddressGuard Everybody() => new([], (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("93.184.215.14")]));

    private static async Task ShouldNotConnectAsync(AddressGuard guard, string address, bool mustBeBlocked = false)
    {
        using var client = new HttpClient(guard.Handler()) { Timeout = TimeSpan.FromSeconds(10) };
        var e = await Should.ThrowAsync<Exception>(async () =>
        {
            using var answer = await client.PostAsync(
                address,
                new StringContent("{\"type\":\"x\"}"),
                TestContext.Current.CancellationToken
            );
        });
        (e is HttpRequestException or UriFormatException or InvalidOperationException or NotSupportedException).ShouldBeTrue(e.ToString());
        if (mustBeBlocked)
            AddressBlockedException.In(e).ShouldNotBeNull();
        else
            (
                AddressBlockedException.In(e) is not null
                || e is not HttpRequestException
                || e.InnerException
                    is SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData }
            ).ShouldBeTrue(e.ToString());
    }
}
