using NpgsqlTypes;

namespace CommitmentsTracker.Reading.Search;

/// <summary>
/// The items that answer a question, as SQL over the indexes of words. Only items that hold all terms answer; if there is
/// none, those that hold nearly as many as the best one. An item's score adds up over the terms: the rarer the term and
/// the better its place, the more. One place counts for each term, the best.
/// </summary>
public static class SearchSql
{
    // How much a place says. A party named in full is as good as a title.
    private const int Title = 12;
    private const int NamedInFull = 8;
    private const int Summary = 6;
    private const int Details = 3;
    private const int Part = 2;
    private const int Record = 2;
    private const int Theme = 1;

    /// <summary>A query of <c>item_id</c> and <c>score</c>.</summary>
    /// <param name="terms">At least one.</param>
    /// <param name="parameter">Adds a parameter and gives its placeholder.</param>
    /// <param name="known">The known-clock condition of an alias.</param>
    /// <param name="day">Placeholder of the day.</param>
    /// <param name="isToday">True if every item that is known has a status on the day.</param>
    public static string Found(
        IReadOnlyList<SearchTerm> terms,
        Func<object, NpgsqlDbType, string> parameter,
        Func<string, string> known,
        string day,
        bool isToday
    )
    {
        var asked = parameter(terms.Select(t => t.TsQuery).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        var hits = new List<string>
        {
            Words("item_details", "title_words", Title),
            Words("item_details", "words", Summary),
            Words("item_details", "more_words", Details),
            Words("item_updates", "words", Record, $" and x.last_day <= {day}"),
        };
        Named("parties", t => t.Parties, NamedInFull, Part);
        Named("themes", t => t.Themes, Theme, Theme);
        // Before today an item may be known that has no status yet; it must not decide how much is enough. Looked at one by one, the best
        // first.
        var standing = isToday
            ? ""
            : $" where (select true from item_spans x where x.item_id = f.item_id and x.occurred @> {day} and {known("x")} limit 1)";
        return $"""
            with term as (select n, q::tsquery as q from unnest({asked}) with ordinality as t (q, n)),
            hit as ({string.Join(" union all ", hits)}),
            best as (select n, item_id, max(weight) as weight from hit group by n, item_id),
            weighed as (select item_id, weight / (1 + ln(count(*) over (partition by n))) as score from best),
            found as (select item_id, count(*) as terms, (1000 * sum(score))::integer as score from weighed group by item_id)
            select f.item_id, f.score from found f
            where 3 * f.terms >= (
                select case when f.terms = {terms.Count} then 3 * f.terms else 2 * f.terms end
                from (select item_id, terms from found order by terms desc offset 0) f{standing} limit 1)
            """;

        string Words(string table, string column, int weight, string more = "") =>
            $"select term.n, x.item_id, {weight} as weight from term join {table} x on x.{column} @@ term.q and {known("x")}{more}";

        void Named(string column, Func<SearchTerm, IReadOnlyDictionary<string, bool>> named, int full, int part)
        {
            var all = terms.SelectMany((t, i) => named(t).Select(p => (N: i + 1, Slug: p.Key, Weight: p.Value ? full : part))).ToList();
            if (all.Count == 0)
                return;
            var (n, slug, weight) = (
                parameter(all.Select(a => a.N).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer),
                parameter(all.Select(a => a.Slug).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
                parameter(all.Select(a => a.Weight).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer)
            );
            hits.Add(
                $"select p.n, x.item_id, p.weight from unnest({n}, {slug}, {weight}) as p (n, slug, weight) join item_details "
                    + $"x on x.{column} @> array[p.slug] and {known("x")}"
            );
        }
    }
}
