using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;

namespace CommitmentsTracker.Record.Tests.Store;

/// <summary>The columns of the read models.</summary>
public sealed class ReadModelsTests
{
    [Fact]
    public async Task The_list_of_columns_has_every_column_of_the_tables_that_the_database_does_not_generate()
    {
        await using var tracker = await Tracker.StartAsync(Running.Services);
        foreach (var (table, columns) in ReadModelTables.Columns)
        {
            var stored = await tracker.RowsAsync(
                $"""
                select column_name::text from information_schema.columns
                where table_schema = '{tracker.Location.Schema}' and table_name = '{table}' and is_generated = 'NEVER'
                """
            );
            columns.ShouldBe(stored, ignoreOrder: true, table);
        }
    }

    [Fact]
    public void The_columns_of_a_standing_are_those_that_comparing_reads() =>
        string.Join(' ', ReadModelTables.StandingColumns)
            .ShouldBe("status since stalled_at due target reached_on last_activity confidence awaiting flags");
}
