using CommitmentsTracker.Reading.Languages;
using Microsoft.AspNetCore.Components;

namespace CommitmentsTracker.Server.Layout;

/// <summary>What pages and their parts share: the question of the address and the words of its language.</summary>
public abstract class PageBase : ComponentBase
{
    /// <summary>Language and clocks of the request.</summary>
    [Inject]
    public PageQuery Query { get; set; } = null!;

    /// <summary>The request; pages are rendered within one.</summary>
    [CascadingParameter]
    public HttpContext? Http { get; set; }

    /// <summary>The words of the interface.</summary>
    protected Phrasebook W => Query.Words;

    /// <summary>The language of the page.</summary>
    protected string Lang => Query.Language;

    /// <summary>Ends when the reader goes away.</summary>
    protected CancellationToken Gone => Http?.RequestAborted ?? CancellationToken.None;

    /// <summary>False while the page reads what it shows. Pages render nothing until then: <c>@{ if (!Ready) return; }</c>.</summary>
    protected bool Ready { get; private set; }

    /// <summary>Reads what the page shows.</summary>
    protected virtual Task LoadAsync() => Task.CompletedTask;

    /// <inheritdoc />
    protected override async Task OnInitializedAsync()
    {
        await LoadAsync();
        Ready = true;
    }

    /// <summary>
    /// The language of words that bring no translation, such as a quotation or the title of a source; null: that of the page.
    /// </summary>
    protected string? Foreign(string text) =>
        text.Any(c => c is >= '\u4e00' and <= '\u9fff') == (Lang == "zh") ? null
        : Lang == "zh" ? "en"
        : "zh-Hans";

    /// <summary>Gives the page another status code than 200.</summary>
    protected void Answer(int statusCode) => Answer(Http, statusCode);

    /// <summary>
    /// Gives the page another status code than 200. It is set when the headers go out: a renderer that finds 404
    /// before it has rendered would send no page at all.
    /// </summary>
    internal static void Answer(HttpContext? http, int statusCode)
    {
        if (http is not { Response.HasStarted: false })
            return;
        http.Items[PageCache.Status] = statusCode;
        http.Response.OnStarting(() =>
        {
            http.Response.StatusCode = statusCode;
            return Task.CompletedTask;
        });
    }
}
