namespace CommitmentsTracker.Server.Inbox;

/// <summary>Something that was sent in and is to be kept.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Item">Slug of the item that it is about.</param>
/// <param name="Forum">Slug of that item's forum.</param>
/// <param name="Update">Id of the update that it disputes; null: none.</param>
/// <param name="Sent">What was sent.</param>
/// <param name="Lang">Language in which it was sent.</param>
/// <param name="Person">Id of who sent it; null: somebody without an account.</param>
/// <param name="Sender">How to reach who sent it; null: by their account.</param>
/// <param name="Id">Id that it gets; null: a new one. One that is known already keeps what it stands for.</param>
public sealed record NewEntry(
    InboxKind Kind,
    string Item,
    string Forum,
    string? Update,
    SentIn Sent,
    string Lang,
    string? Person = null,
    InboxSender? Sender = null,
    Guid? Id = null
);
