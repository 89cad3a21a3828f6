using System.Reflection;
using System.Reflection.Emit;
using System.Text.RegularExpressions;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Reading.Languages;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>The words of the interface, without a page.</summary>
public sealed partial class ResourceTests
{
    private static readonly Phrasebook En = Phrasebook.For("en");
    private static readonly Phrasebook Zh = Phrasebook.For("zh");

    [Fact]
    public void Both_languages_have_the_same_phrases()
    {
        En.Keys.Except(Zh.Keys).ShouldBeEmpty("only in English");
        Zh.Keys.Except(En.Keys).ShouldBeEmpty("only in Chinese");
    }

    [Fact]
    public void A_phrase_has_the_same_places_in_both_languages()
    {
        foreach (var key in En.Keys.Intersect(Zh.Keys).Where(k => !k.StartsWith("date.", StringComparison.Ordinal) || k == "date.instant"))
            PlacesOf(Zh[key]).ShouldBe(PlacesOf(En[key]), key);
    }

    [Fact]
    public void Only_what_joins_words_may_be_empty_or_blank()
    {
        foreach (var book in new[] { En, Zh })
            book.Keys.Where(k =>
                    string.IsNullOrWhiteSpace(book[k])
                    && !k.StartsWith("sentence.", StringComparison.Ordinal)
                    && !k.StartsWith("list.", StringComparison.Ordinal)
                )
                .ShouldBeEmpty(book.Language);
    }

    [Fact]
    public void The_Chinese_phrases_are_Chinese()
    {
        // What stays Latin: names of formats and the way dates are written.
        var latin = Zh.Keys.Where(k => Zh[k].Any(char.IsAsciiLetter) && !Zh[k].Any(c => c is >= '\u4e00' and <= '\u9fff')).ToList();
        latin.Where(k => !k.StartsWith("date.", StringComparison.Ordinal) && Zh[k] is not ("API" or "JSON")).ShouldBeEmpty();
    }

    [Fact]
    public void Every_word_of_a_closed_list_has_a_phrase()
    {
        Words<Status>("status", "means");
        Words<ItemKind>("kind", "kinds", "role.by");
        Words<TimeSignal>("time");
        Words<Freshness>("freshness");
        Words<Confidence>("confidence");
        Words<Testability>("testability");
        Words<UpdateType>("type");
        Words<Lane>("lane");
        Words<Grade>("grade");
        Words<Ground>("ground");
        Words<CorrectionKind>("correction");
        Words<DisputeOutcome>("dispute");
        Words<Relation>("relation");
        Words<ItemSort>("sort");
        Words<CauseKind>("cause");
        Words<ChangeGroup>("changes.group");
        foreach (var group in Domain.Writing.Words.All<ChangeGroup>())
        foreach (
            var key in group == "reviewed"
                ? [$"changes.group.{group}.why"]
                : new[] { $"changes.group.{group}.why", $"changes.count.{group}.one", $"changes.count.{group}.other" }
        )
        foreach (var book in new[] { En, Zh })
            book.Keys.ShouldContain(key, book.Language);

        static void Words<T>(params string[] lists)
            where T : struct, Enum
        {
            foreach (var key in lists.SelectMany(list => Domain.Writing.Words.All<T>().Select(word => $"{list}.{word}")))
            foreach (var book in new[] { En, Zh })
                book.Keys.ShouldContain(key, book.Language);
        }
    }

    [Fact]
    public void Every_event_and_every_field_of_an_item_has_a_phrase()
    {
        var events = typeof(ItemEvent)
            .Assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(ItemEvent)) && !t.IsAbstract)
            .Select(t => "event." + Snake(t.Name));
        var fields = typeof(DetailsChange).GetProperties().Select(p => "field." + char.ToLowerInvariant(p.Name[0]) + p.Name[1..]);
        foreach (var key in events.Concat(fields))
        foreach (var book in new[] { En, Zh })
            book.Keys.ShouldContain(key, book.Language);
    }

    [Fact]
    public void Every_rule_that_the_domain_refuses_by_has_a_phrase()
    {
        var rules = RulesOfTheDomain();
        // So few would say that they are no longer found where they are made.
        rules.Count.ShouldBeGreaterThan(35, string.Join(' ', rules));
        rules.ShouldContain("lifecycle");
        rules.ShouldContain("control-characters");
        foreach (var book in new[] { En, Zh })
            rules.Where(r => !book.Keys.Contains("rule." + r)).ShouldBeEmpty(book.Language);
    }

    private static int[] PlacesOf(string phrase) =>
        [
            .. Places()
                .Matches(phrase)
                .Select(m => int.Parse(m.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture))
                .Distinct()
                .Order(),
        ];

    private static string Snake(string name) => Capitals().Replace(name, "_$0").ToLowerInvariant();

    /// <summary>
    /// The rules, read from the compiled decisions: the text that is put on the stack right behind the kind of a
    /// refusal, or right behind the collector of refusals.
    /// </summary>
    private static SortedSet<string> RulesOfTheDomain()
    {
        var rules = new SortedSet<string>(StringComparer.Ordinal);
        const BindingFlags all =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        var decisions = typeof(Refusal)
            .Assembly.GetTypes()
            .Where(t => t.Namespace == typeof(Refusal).Namespace || t.Namespace == typeof(LogUpdate).Namespace);
        foreach (var method in decisions.SelectMany(t => t.GetMethods(all).Cast<MethodBase>().Concat(t.GetConstructors(all))))
        {
            if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
                continue;
            var waiting = new List<string>();
            OpCode? before = null;
            foreach (var (op, operand) in Instructions(code))
            {
                if (op == OpCodes.Ldstr)
                {
                    var text = method.Module.ResolveString(operand);
                    if (Kebab().IsMatch(text) && before is { } b && (IsKind(b) || IsObject(b)))
                        waiting.Add(text);
                }
                else if (op == OpCodes.Call || op == OpCodes.Callvirt || op == OpCodes.Newobj)
                {
                    var called = method.Module.ResolveMethod(
                        operand,
                        method.DeclaringType?.GetGenericArguments(),
                        method.IsGenericMethod ? method.GetGenericArguments() : null
                    )!;
                    if (
                        called.DeclaringType == typeof(Refusal) && called.IsConstructor
                        || called.Name == "Refuse" && called.GetParameters().Length == 3
                    )
                    {
                        // Its first text; the field and the message stand behind it.
                        rules.UnionWith(waiting.Take(1));
                        waiting.Clear();
                    }
                    else if (
                        called.DeclaringType == typeof(string) && called.Name == "op_Equality"
                        || called.DeclaringType?.Name == "Checks"
                        || called.Name is "Within" or "Around" or "Party"
                    )
                    {
                        // A comparison, the place of a field, or a check that names a field and knows its rule itself.
                        waiting.Clear();
                    }
                }

                before = op;
            }
        }

        return rules;

        static bool IsKind(OpCode op) => op.Name!.StartsWith("ldc.i4", StringComparison.Ordinal);
        static bool IsObject(OpCode op) =>
            op.Name!.StartsWith("ldarg", StringComparison.Ordinal)
            || op.Name!.StartsWith("ldloc", StringComparison.Ordinal)
            || op == OpCodes.Ldfld;
    }

    private static IEnumerable<(OpCode Op, int Operand)> Instructions(byte[] code)
    {
        for (var i = 0; i < code.Length; )
        {
            var value = code[i] == 0xFE ? (short)(0xFE00 | code[i + 1]) : code[i];
            i += code[i] == 0xFE ? 2 : 1;
            var op = OpCodesByValue[value];
            var size = op.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, i)),
                _ => 4,
            };
            yield return (op, size == 4 ? BitConverter.ToInt32(code, i) : 0);
            i += size;
        }
    }

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!)
        .ToDictionary(o => o.Value);

    [GeneratedRegex(@"\{(\d+)")]
    private static partial Regex Places();

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex Capitals();

    [GeneratedRegex(@"^[a-z]+(-[a-z]+)*\z")]
    private static partial Regex Kebab();
}
