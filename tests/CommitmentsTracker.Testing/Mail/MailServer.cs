using System.Net;
using System.Net.Sockets;
using System.Text;
using CommitmentsTracker.Testing.Hosting;
using MimeKit;

namespace CommitmentsTracker.Testing.Mail;

/// <summary>A mail as it arrived: the envelope, the bytes, and what a mail program reads in them.</summary>
public sealed record Arrived(string To, byte[] Bytes)
{
    private MimeMessage? _message;

    public MimeMessage Message => _message ??= MimeMessage.Load(new MemoryStream(Bytes));

    /// <summary>The plain text.</summary>
    public string Text => Message.TextBody!;

    /// <summary>Every address in the text and in the HTML.</summary>
    public IReadOnlyList<Uri> Links =>
        [
            .. System
                .Text.RegularExpressions.Regex.Matches(Text + " " + WebUtility.HtmlDecode(Message.HtmlBody ?? ""), "https?://[^\\s\"<>]+")
                .Select(m => new Uri(m.Value))
                .Distinct(),
        ];
}

/// <summary>A small mail server: one conversation after the other in the words of RFC 5321, with answers that a test may choose.</summary>
public sealed class MailServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly List<Arrived> _arrived = [];
    private readonly Task _serving;

    public MailServer()
    {
        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    /// <summary>The address for TRACKER_SMTP.</summary>
    public string Address => $"smtp://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}?tls=none";

    /// <summary>What it answers to a recipient; null: 250.</summary>
    public Func<string, string?> Recipient { get; set; } = _ => null;

    /// <summary>What it answers to the whole mail; null: 250.</summary>
    public Func<Arrived, string?> Data { get; set; } = _ => null;

    /// <summary>How many recipients were named.</summary>
    public int Asked { get; private set; }

    public IReadOnlyList<Arrived> All
    {
        get
        {
            lock (_arrived)
                return [.. _arrived];
        }
    }

    /// <summary>Waits until so many mails for an address have come.</summary>
    public async Task<IReadOnlyList<Arrived>> ForAsync(string address, int number = 1)
    {
        await Wait.UntilAsync(() => All.Count(m => m.To == address) >= number, $"{number} mails for {address}", 30);
        return [.. All.Where(m => m.To == address)];
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _serving;
        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_end.Token);
                await TalkAsync(client.GetStream());
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
            {
                // The conversation was cut off, or the test ends.
            }
        }
    }

    private async Task TalkAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var to = "";
        await SayAsync("220 mail.test ready");
        while (await reader.ReadLineAsync(_end.Token) is { } line)
        {
            switch (line.Split(' ', ':')[0].ToUpperInvariant())
            {
                case "EHLO":
                    await SayAsync("250-mail.test\r\n250 8BITMIME");
                    break;
                case "RCPT":
                    to = line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];
                    Asked++;
                    await SayAsync(Recipient(to) ?? "250 ok");
                    break;
                case "DATA":
                    await SayAsync("354 go on");
                    var text = new StringBuilder();
                    while (await reader.ReadLineAsync(_end.Token) is { } part && part != ".")
                        text.Append(part.StartsWith('.') ? part[1..] : part).Append("\r\n");
                    var arrived = new Arrived(to, Encoding.Latin1.GetBytes(text.ToString()));
                    var answer = Data(arrived);
                    if (answer is null)
                    {
                        lock (_arrived)
                            _arrived.Add(arrived);
                    }

                    await SayAsync(answer ?? "250 taken");
                    break;
                case "QUIT":
                    await SayAsync("221 bye");
                    return;
                default:
                    await SayAsync("250 ok");
                    break;
            }
        }

        async Task SayAsync(string words) => await stream.WriteAsync(Encoding.Latin1.GetBytes(words + "\r\n"), _end.Token);
    }
}
