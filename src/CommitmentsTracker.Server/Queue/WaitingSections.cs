using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Server.Updates;

namespace CommitmentsTracker.Server.Queue;

/// <summary>Something that waits for a second person, with what was asked about it.</summary>
public sealed record WaitingWithQuestions(WaitingRow Row, IReadOnlyList<Question> Questions)
{
    /// <summary>What the author has not answered.</summary>
    public IEnumerable<Question> Open => Questions.Where(q => q.Answer is null);
}

/// <summary>What waits for a second person; what was sent back waits on.</summary>
public sealed class AwaitingSection(UpdateDesk desk, Questions questions) : IQueueSection
{
    /// <inheritdoc />
    public string Name => "awaiting";

    /// <inheritdoc />
    public Act Act => Act.Confirm;

    /// <inheritdoc />
    public Type View => typeof(WaitingEntry);

    /// <inheritdoc />
    public async Task<QueueEntries> ReadAsync(QueueQuestion asked, CancellationToken ct) =>
        QueueEntries.Of(await AllAsync(Name, desk, questions, asked.Slugs, ct), asked);

    internal static async Task<IEnumerable<QueueEntry>> AllAsync(
        string section,
        UpdateDesk desk,
        Questions questions,
        IReadOnlyCollection<string>? slugs,
        CancellationToken ct
    )
    {
        var rows = await desk.WaitingAsync(slugs, ct);
        var all = await questions.OfAsync([.. rows.Select(r => r.Slug).Distinct()], ct);
        return rows.Select(r => new QueueEntry(
            section,
            r.Slug,
            r.Title,
            r.Forum,
            r.Id,
            r.RecordedAt.DayOf(),
            r.By,
            new WaitingWithQuestions(r, [.. all[(r.Slug, r.Id)]])
        ));
    }
}

/// <summary>What waits and came back to its author with a question.</summary>
public sealed class SentBackSection(UpdateDesk desk, Questions questions) : IQueueSection
{
    /// <inheritdoc />
    public string Name => "sent-back";

    /// <inheritdoc />
    public Act Act => Act.Log;

    /// <inheritdoc />
    public Type View => typeof(SentBackEntry);

    /// <inheritdoc />
    public async Task<QueueEntries> ReadAsync(QueueQuestion asked, CancellationToken ct) =>
        QueueEntries.Of(
            (await AwaitingSection.AllAsync(Name, desk, questions, await questions.OpenToAsync(asked.Person, ct), ct)).Where(e =>
                e.By == asked.Person && ((WaitingWithQuestions)e.Of).Open.Any()
            ),
            asked with
            {
                Slugs = null,
            }
        );
}
