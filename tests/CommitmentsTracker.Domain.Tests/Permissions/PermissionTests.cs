using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using Shouldly;
using Xunit;

namespace CommitmentsTracker.Domain.Tests.Permissions;

/// <summary>Who may do what where.</summary>
public sealed class PermissionTests
{
    private const string Here = "harbour-2025";
    private const string There = "summit-2026";

    [Theory]
    [InlineData(Role.Contributor, "suggest")]
    [InlineData(Role.Editor, "work suggest log edit dispute moderate subscribe")]
    [InlineData(Role.Reviewer, "work suggest dispute moderate confirm subscribe")]
    [InlineData(Role.Representative, "work suggest")]
    [InlineData(Role.Administrator, "work suggest log edit dispute moderate confirm subscribe administer")]
    public void A_role_of_a_forum_allows_what_the_table_says_there_and_nothing_elsewhere(Role role, string acts)
    {
        var rights = new Rights([new Grant(role, Here, role == Role.Representative ? "city" : null)]);
        foreach (var act in Enum.GetValues<Act>())
        {
            Permission.May(rights, act, Here).ShouldBe(act == Act.Own || acts.Split(' ').Contains(act.Word()), $"{role} {act}");
            Permission.May(rights, act, There).ShouldBe(act == Act.Own, $"{role} {act} elsewhere");
            Permission.May(rights, act, null).ShouldBe(act == Act.Own, $"{role} {act} everywhere");
        }
    }

    [Fact]
    public void A_role_of_all_forums_holds_in_each_and_only_such_an_administrator_operates()
    {
        var everywhere = new Rights([new Grant(Role.Administrator)]);
        foreach (var act in Enum.GetValues<Act>())
            (Permission.May(everywhere, act, There), Permission.May(everywhere, act, null)).ShouldBe((true, true), act.ToString());
        Permission.MaySomewhere(new Rights([new Grant(Role.Administrator, Here)]), Act.Operate).ShouldBeFalse();
    }

    [Fact]
    public void Nobody_without_a_role_may_more_than_keep_their_account() =>
        Enum.GetValues<Act>().Where(a => Permission.MaySomewhere(Rights.None, a)).ShouldBe([Act.Own]);

    [Fact]
    public void A_refusal_names_the_roles_that_would_do_and_tells_a_contributor_the_way()
    {
        var refusal = Permission.Refuses(new Rights([new Grant(Role.Contributor, Here)]), Act.Log, Here).ShouldNotBeNull();
        (refusal.Kind, refusal.Rule).ShouldBe((RefusalKind.Forbidden, "role"));
        refusal.Needed.ShouldBe([Role.Editor, Role.Administrator]);
        refusal.Message.ShouldContain("suggestion");
        Permission.Refuses(Rights.None, Act.Confirm, Here)!.Message.ShouldNotContain("suggestion");
    }

    [Fact]
    public void A_representative_writes_for_their_own_party_only()
    {
        var rights = new Rights([new Grant(Role.Representative, Here, "city")]);
        Permission.MaySomewhere(rights, Act.Log).ShouldBeTrue();
        Refused(Word()).ShouldBeNull();
        Refused(Word(lane: Lane.Independent)).ShouldBe("lane");
        Refused(Word(actor: "sailors")).ShouldBe("actor");
        Refused(Word(actor: null)).ShouldBe("actor");
        Refused(Word(coActors: ["sailors"])).ShouldBe("actor");
        Refused(Word(type: UpdateType.Review)).ShouldBe("actor");
        Refused(Word(parties: ["sailors"])).ShouldBe("actor");
        Refused(null).ShouldBe("actor");
        Permission.May(rights, Act.Log, There, Word()).ShouldBeFalse();

        // A correction has to be their own before and after.
        var (own, foreign) = (Word().Fields[0], Word(lane: Lane.Independent).Fields[0]);
        Refused(new OwnWord([own, foreign], ["city"])).ShouldBe("lane");
        Refused(new OwnWord([foreign, own], ["city"])).ShouldBe("lane");

        string? Refused(OwnWord? word) => Permission.Refuses(rights, Act.Log, Here, word)?.Field;
    }

    [Fact]
    public void A_token_bounds_what_its_person_may_and_never_widens_it()
    {
        var rights = new Rights([new Grant(Role.Editor), new Grant(Role.Reviewer, There)]);
        var bound = rights.Within([Scope.Read, Scope.Log], Here);
        Permission.May(bound, Act.Log, Here).ShouldBeTrue();
        Permission.May(bound, Act.Log, There).ShouldBeFalse();
        Permission.Refuses(bound, Act.Confirm, Here)!.Rule.ShouldBe("scope");
        Permission.May(rights.Within([Scope.Confirm, Scope.Administer], null), Act.Confirm, There).ShouldBeTrue();
        Permission.MaySomewhere(rights.Within([Scope.Confirm, Scope.Administer], null), Act.Administer).ShouldBeFalse();
        Permission.May(rights.Within([Scope.Confirm], Here), Act.Confirm, There).ShouldBeFalse();
        Permission
            .MaySomewhere(new Rights([new Grant(Role.Administrator)]).Within([Scope.Administer], Here), Act.Operate)
            .ShouldBeFalse("an administrator's token of one forum runs no tracker");
    }

    [Fact]
    public void A_token_can_have_the_scopes_that_the_roles_fill()
    {
        Permission.ScopesFor(Rights.None).ShouldBe([Scope.Read]);
        Permission.ScopesFor(new Rights([new Grant(Role.Contributor, Here)])).ShouldBe([Scope.Read, Scope.Suggest]);
        Permission.ScopesFor(new Rights([new Grant(Role.Administrator)], [Scope.Read, Scope.Log])).ShouldBe([Scope.Read, Scope.Log]);
    }

    private static OwnWord Word(
        Lane lane = Lane.SelfReported,
        string? actor = "city",
        UpdateType type = UpdateType.Progress,
        string[]? coActors = null,
        string[]? parties = null
    ) =>
        new(
            [
                new UpdateFields
                {
                    Type = type,
                    OccurredOn = PartialDate.Parse("2025-05-01"),
                    Note = new Text("Said."),
                    Actor = actor,
                    Lane = lane,
                    CoActors = coActors,
                },
            ],
            parties ?? ["city", "port-authority"]
        );
}
