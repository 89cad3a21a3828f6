using System.CommandLine;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Server.People;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>The commands about people: <c>person add</c>, <c>invite</c>, <c>link</c>, <c>list</c>.</summary>
internal static class PersonCommands
{
    private static readonly Option<string> RoleOption = MakeRoleOption();
    private static readonly Option<string?> ForumOption = new("--forum") { Description = "Slug of the one forum in which the role holds" };
    private static readonly Option<string?> PartyOption = new("--party")
    {
        Description = "Slug of the party that a representative speaks for",
    };

    /// <summary>All of them.</summary>
    public static Command All() => new("person", "Makes, invites and lists people") { Add(), Invite(), Link(), List() };

    private static Command Add()
    {
        var name = new Argument<string>("NAME") { Description = "Shown to signed-in people only" };
        var add = new Command("add", "Makes a person and prints the API token, which is shown this once")
        {
            name,
            RoleOption,
            ForumOption,
            PartyOption,
        };
        add.SetAction(
            (parsed, ct) =>
                TrackerCommands.WithStoreAsync(
                    async app =>
                    {
                        var asked = parsed.GetValue(name)!;
                        if (Checks.PersonNameProblem(asked) is { } wrong)
                            throw new CommandException(wrong);
                        var wanted = await GrantAsync(app.Services, parsed, ct);
                        var (person, token) = await app
                            .Services.GetRequiredService<Accounts>()
                            .AddAsync(asked.Trim(), wanted.Grants, null, null, ct);
                        Console.WriteLine($"id     {person.Id}");
                        Console.WriteLine($"token  {token}");
                        return 0;
                    },
                    ct
                )
        );
        return add;
    }

    private static Command Invite()
    {
        var invite = new Command("invite", "Makes a link by which somebody makes an account with a role, once, within seven days")
        {
            RoleOption,
            ForumOption,
            PartyOption,
        };
        invite.SetAction(
            (parsed, ct) =>
                TrackerCommands.WithStoreAsync(
                    async app =>
                    {
                        var wanted = await GrantAsync(app.Services, parsed, ct);
                        var (_, secret) = await app.Services.GetRequiredService<Invitations>().MakeAsync(wanted.Grant, null, null, ct);
                        Console.WriteLine(Invitations.Page + secret);
                        return 0;
                    },
                    ct
                )
        );
        return invite;
    }

    private static Command Link()
    {
        var id = new Argument<string>("ID") { Description = "Id of the person" };
        var careless = new Option<bool>("--forget-second-step")
        {
            Description = "Takes authenticator and recovery codes away, for somebody who has lost both",
        };
        var link = new Command("link", "Makes a one-time sign-in link, valid for a day, by which a new password can be set")
        {
            id,
            careless,
        };
        link.SetAction(
            (parsed, ct) =>
                TrackerCommands.WithStoreAsync(
                    async app =>
                    {
                        var accounts = app.Services.GetRequiredService<Accounts>();
                        var person =
                            await accounts.OfIdAsync(parsed.GetValue(id)!, ct)
                            ?? throw new CommandException($"There is no person '{parsed.GetValue(id)}'; person list shows all.");
                        if (parsed.GetValue(careless))
                            await app.Services.GetRequiredService<AccountStore>().ForgetSecondStepAsync(person.Id, ct);
                        Console.WriteLine($"/desk/sign-in/{await accounts.NewLinkAsync(person.Id, ct)}");
                        return 0;
                    },
                    ct
                )
        );
        return link;
    }

    private static Command List()
    {
        var list = new Command("list", "Lists all people");
        list.SetAction(
            (_, ct) =>
                TrackerCommands.WithStoreAsync(
                    async app =>
                    {
                        foreach (var person in await app.Services.GetRequiredService<Accounts>().AllAsync(ct))
                            Console.WriteLine($"{person.Id}  {Shown(person.Rights), -13}  {person.Name}");
                        return 0;
                    },
                    ct
                )
        );
        return list;
    }

    private static Option<string> MakeRoleOption()
    {
        var role = new Option<string>("--role")
        {
            Description =
                "editor (also confirms, unless a forum is named) or administrator; with a forum also contributor, reviewer "
                + "or representative",
            DefaultValueFactory = _ => Roles.Editor,
        };
        role.AcceptOnlyFromAmong([.. Words.All<Role>()]);
        return role;
    }

    private static async Task<RequestedGrant> GrantAsync(IServiceProvider services, ParseResult parsed, CancellationToken ct)
    {
        var names = await services.GetRequiredService<ForumDirectory>().NamesAsync(ct);
        var (wanted, problem) = RequestedGrant.Read(
            parsed.GetValue(RoleOption),
            parsed.GetValue(ForumOption),
            parsed.GetValue(PartyOption),
            names
        );
        return wanted ?? throw new CommandException($"{problem!.Field}: {problem.Message}");
    }

    /// <summary>Roles as one column: the highest that holds everywhere, or each with its forum.</summary>
    private static string Shown(Rights rights)
    {
        if (rights.Grants.Contains(new Grant(Role.Administrator)))
            return Roles.Administrator;
        if (Roles.Of(Roles.Editor).All(rights.Grants.Contains) && rights.Grants.Count == 2)
            return Roles.Editor;
        return rights.Grants.Count == 0
            ? "none"
            : string.Join(
                ",",
                rights.Grants.Select(g => g.Role.Word() + (g.Forum is null ? "" : "@" + g.Forum) + (g.Party is null ? "" : ":" + g.Party))
            );
    }
}
