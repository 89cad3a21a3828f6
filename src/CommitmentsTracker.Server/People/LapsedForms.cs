using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Updates;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace CommitmentsTracker.Server.People;

/// <summary>
/// Keeps what somebody sends whose session has lapsed while they wrote: the cookie still proves whose it is, and all that
/// is done with it is keeping their own draft until they have signed in again.
/// </summary>
public sealed partial class LapsedForms(Sessions sessions, DraftStore drafts)
{
    private const string SessionKey = "Microsoft.AspNetCore.Authentication.Cookies-SessionId";
    private const int MostSources = 50;

    /// <summary>Keeps the form of the desk, if that is what the request brought.</summary>
    public async Task KeepAsync(HttpContext http, CookieAuthenticationOptions options)
    {
        if (
            !HttpMethods.IsPost(http.Request.Method)
            || http.Request.Path != "/desk/log"
            || !http.Request.HasFormContentType
            || http.Request.Query["item"].ToString() is not { Length: > 0 and <= 120 } item
        )
            return;
        if (
            options.CookieManager.GetRequestCookie(http, options.Cookie.Name!) is not { } cookie
            || options.TicketDataFormat.Unprotect(cookie)?.Principal.FindFirst(SessionKey)?.Value is not { } key
        )
            return;
        if (await sessions.LapsedAsync(key, http.RequestAborted) is not { } person)
            return;
        var form = Read(await http.Request.ReadFormAsync(http.RequestAborted));
        if (!form.IsBlank && form.Step != "discard")
            await drafts.SaveAsync(person, item, form, http.RequestAborted);
    }

    private static LogForm Read(IFormCollection sent)
    {
        var (form, sources) = (new JsonObject(), new SortedDictionary<int, JsonObject>());
        foreach (var (name, value) in sent.Where(p => p.Key.StartsWith("Form.", StringComparison.Ordinal)))
        {
            if (value.ToString() is not { Length: > 0 } text)
                continue;
            var field = name["Form.".Length..];
            if (OfSource().Match(field) is { Success: true } source)
            {
                if (!int.TryParse(source.Groups[1].Value, out var n) || n >= MostSources)
                    continue;
                if (!sources.TryGetValue(n, out var of))
                    sources[n] = of = [];
                of[Camel(source.Groups[2].Value)] = text;
            }
            else if (field != nameof(LogForm.Version))
                form[Camel(field)] = text;
            else if (int.TryParse(text, out var version))
                form[Camel(field)] = version;
        }

        form["evidence"] = new JsonArray([.. sources.Values]);
        return form.Deserialize<LogForm>(TrackerJson.Stored)!;
    }

    private static string Camel(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    [GeneratedRegex(@"^Evidence\[(\d{1,3})\]\.(\w+)\z")]
    private static partial Regex OfSource();
}
