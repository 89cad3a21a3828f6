using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Reading.Items;

/// <summary>A row of a list.</summary>
public sealed partial class ItemLists
{
    /// <summary>Reads a row; false: it cannot be read, and its item is left out.</summary>
    public static bool TryRow(NpgsqlDataReader reader, UnreadRows unread, out ItemRow row) =>
        unread.TryRead(Table, () => reader.GetGuid(0).ToString("D"), () => Row(reader), out row);

    /// <summary>Reads the columns of <see cref="Columns"/>.</summary>
    public static ItemRow Row(NpgsqlDataReader reader)
    {
        var details = reader.Json<Details>(14);
        return new ItemRow
        {
            Slug = reader.GetString(11),
            Kind = reader.Word<ItemKind>(12),
            Forum = reader.GetString(13),
            Title = details.Title,
            Summary = details.Summary,
            Speaker = details.Speaker,
            Proposer = details.Proposer,
            Responsible = details.Responsible,
            Addressees = details.Addressees,
            Themes = details.Themes,
            MadeOn = details.MadeOn,
            Status = reader.Word<Status>(1),
            StatusSince = PartialDate.Parse(reader.GetString(2)),
            StalledAt = reader.OptionalWord<Status>(3),
            DueOn = reader.OptionalDay(4),
            LastActivity = reader.OptionalDay(5),
            Signals = new Signals(reader.Word<TimeSignal>(6), reader.Word<Freshness>(7), reader.Word<Confidence>(8), details.Testability),
            AwaitingConfirmation = reader.GetInt32(9),
            Flags = reader.Json<string[]>(10),
        };
    }
}
