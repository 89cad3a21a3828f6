using System.Text.Json.Serialization;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Delivery.Webhooks;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Server.Api;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Subscriptions;

/// <summary>The body of <c>POST /subscriptions</c>.</summary>
public sealed record NewSubscription
{
    public required Channel Channel { get; init; }

    /// <summary>Of a subscription by e-mail: who gets the mails, once the address is confirmed.</summary>
    public string? Email { get; init; }

    /// <summary>Of a webhook: where notices go.</summary>
    public string? Url { get; init; }

    /// <summary>Of a webhook: e-mail address that hears of failures.</summary>
    public string? Contact { get; init; }

    /// <summary>Of a webhook: <c>application/json</c> unless <c>application/cloudevents+json</c> is asked for.</summary>
    public string? ContentType { get; init; }

    /// <summary>Which changes; absent: all.</summary>
    public ChangeFilter? Filter { get; init; }

    /// <summary>Of a subscription by e-mail: how often; absent: immediately.</summary>
    public Frequency? Frequency { get; init; }

    /// <summary>Of a subscription by e-mail: <c>en</c> or <c>zh</c>.</summary>
    public string? Lang { get; init; }

    /// <summary>Of a subscription by e-mail: IANA name of the zone in which days begin; absent: UTC.</summary>
    public string? TimeZone { get; init; }
}

/// <summary>Subscribes an address or an endpoint.</summary>
public static class PostSubscription
{
    [WolverinePost("/api/v1/subscriptions"), Tags("Subscriptions"), May(Act.Subscribe)]
    [Describes(
        "Subscribes an e-mail address, which is asked to confirm, or an endpoint, which is sent a signed ping at once; the secret of a "
            + "webhook is shown this once. An Idempotency-Key is refused, since the answer is kept nowhere",
        typeof(SubscriptionView),
        Body = typeof(NewSubscription),
        Status = 201,
        Repeatable = false
    )]
    public static async Task<IResult> Post(
        HttpContext context,
        SignUps signUps,
        EndpointStore endpoints,
        Pings pings,
        SubscriptionRules rules,
        SubscriptionViews views,
        CancellationToken ct
    )
    {
        if (context.Request.Headers.ContainsKey("Idempotency-Key"))
            return Problems.Of(
                400,
                "idempotency-key",
                "Idempotency-Key",
                "A repeat would have to show the secret again, and nobody can; send this request without a key."
            );
        var (request, problem) = await WriteRequest<NewSubscription>.ReadAsync(context, ct);
        if (request is null)
            return problem!;
        var body = request.Body;
        List<Refusal> refusals =
        [
            .. body.Channel == Channel.Email ? Wrong(body) : await WrongWebhookAsync(body, rules, ct),
            .. await rules.FilterAsync(body.Filter ?? new ChangeFilter(), ct),
        ];
        if (refusals.Count > 0)
            return Problems.Of(refusals);
        if (body.Channel == Channel.Email)
            return Created(context, await AskAsync(body, request.Person, signUps, ct));
        var added = await endpoints.AddAsync(
            request.Person,
            body.Filter ?? new ChangeFilter(),
            body.Url!,
            string.IsNullOrEmpty(body.Contact) ? null : body.Contact,
            body.ContentType ?? SubscriptionRules.ContentTypes[0],
            ct
        );
        if (added is not var (made, key))
            return Problems.Of(
                409,
                "too-many",
                "url",
                $"You have {EndpointStore.MostOfOne} webhooks, which is as many as one may have; end one first."
            );
        var ping = await pings.SendAsync((await endpoints.OfAsync(made.Id, ct))!, null, ct);
        return Created(context, (await views.OfAsync(made.Id, ct))! with { Secret = key, Ping = ping.View });
    }

    /// <summary>What is wrong with the fields of a subscription by e-mail.</summary>
    private static IEnumerable<Refusal> Wrong(NewSubscription body)
    {
        Refusal?[] found =
        [
            SubscriptionRules.Address("email", body.Email, required: true),
            body.Lang is null or "en" or "zh" ? null : new Refusal(RefusalKind.Invalid, "unknown-word", "lang", "One of: en, zh."),
            body.TimeZone is { } zone ? SubscriptionRules.Zone(zone) : null,
            .. SubscriptionRules.Foreign(
                body.Channel,
                ("url", body.Url is not null),
                ("contact", body.Contact is not null),
                ("contentType", body.ContentType is not null)
            ),
        ];
        return found.OfType<Refusal>();
    }

    /// <summary>What is wrong with the fields of a webhook.</summary>
    private static async Task<IEnumerable<Refusal>> WrongWebhookAsync(NewSubscription body, SubscriptionRules rules, CancellationToken ct)
    {
        Refusal?[] found =
        [
            await rules.UrlAsync(body.Url, ct),
            SubscriptionRules.Address("contact", body.Contact, required: false),
            SubscriptionRules.ContentType(body.ContentType),
            .. SubscriptionRules.Foreign(
                body.Channel,
                ("email", body.Email is not null),
                ("frequency", body.Frequency is not null),
                ("lang", body.Lang is not null),
                ("timeZone", body.TimeZone is not null)
            ),
        ];
        return found.OfType<Refusal>();
    }

    /// <summary>Asks an address. What was asked for is told, not what is known of the address.</summary>
    private static async Task<SubscriptionView> AskAsync(NewSubscription body, string person, SignUps signUps, CancellationToken ct)
    {
        var wish = new MailWish(
            EmailAddress.Read(body.Email)!,
            body.Filter ?? new ChangeFilter(),
            body.Frequency ?? Frequency.Immediately,
            body.Lang ?? "en",
            body.TimeZone ?? "UTC",
            person
        );
        var asked = await signUps.AskAsync(wish, ct);
        return new SubscriptionView
        {
            Id = asked.Id,
            Channel = asked.Channel,
            State = asked.State,
            Email = body.Email,
            Lang = wish.Lang,
            TimeZone = wish.Zone,
            Filter = wish.Filter,
            Frequency = asked.Frequency,
            CreatedAt = asked.CreatedAt,
        };
    }

    private static IResult Created(HttpContext context, SubscriptionView view)
    {
        context.Response.Headers.Location = $"/api/v1/subscriptions/{view.Id:D}";
        return OwnSubscription.Answer(context, view, 201);
    }
}

/// <summary>Changes a subscription.</summary>
public static class PatchSubscription
{
    /// <summary>The body: an absent field keeps.</summary>
    public sealed record Body
    {
        /// <summary>Replaces the whole filter, from the next change on.</summary>
        public ChangeFilter? Filter { get; init; }
        public Frequency? Frequency { get; init; }

        /// <summary>True: nothing is sent until it is false again; what changes meanwhile is sent then.</summary>
        public bool? Paused { get; init; }

        /// <summary>Where a webhook goes from now on; it has to accept a ping first.</summary>
        public string? Url { get; init; }

        /// <summary>Who hears of the failures of a webhook; null: nobody.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public Optional<string> Contact { get; init; }
    }

    [WolverinePatch("/api/v1/subscriptions/{id}"), Tags("Subscriptions"), May(Act.Subscribe)]
    [Describes(
        "Changes a subscription; absent fields keep. A new address of a webhook has to accept a ping first",
        typeof(SubscriptionView),
        Body = typeof(Body),
        Repeatable = false
    )]
    public static async Task<IResult> Patch(
        string id,
        HttpContext context,
        SubscriptionStore store,
        MailRhythm rhythm,
        EndpointStore endpoints,
        Pings pings,
        SubscriptionRules rules,
        SubscriptionViews views,
        CancellationToken ct
    )
    {
        var (subscription, none) = await OwnSubscription.FindAsync(context, id, store, ct);
        if (subscription is null)
            return none!;
        var (request, problem) = await WriteRequest<Body>.ReadAsync(context, ct);
        if (request is null)
            return problem!;
        var body = request.Body;
        List<Refusal> refusals = [.. await WrongAsync(subscription, body, rules, ct)];
        if (refusals.Count > 0)
            return Problems.Of(refusals);

        AttemptView? ping = null;
        if (body.Url is { } next)
        {
            var attempt = await pings.SendAsync((await endpoints.OfAsync(subscription.Id, ct))!, next, ct);
            ping = attempt.View;
            if (attempt.Outcome != AttemptOutcome.Delivered)
            {
                return Problems.Of(
                    422,
                    "ping",
                    "url",
                    "The new address did not accept a ping, so nothing was changed.",
                    more: new Dictionary<string, object?> { ["ping"] = ping }
                );
            }
        }

        if (body.Contact.IsGiven)
            await endpoints.SetContactAsync(subscription.Id, string.IsNullOrEmpty(body.Contact.Value) ? null : body.Contact.Value, ct);
        if (body.Filter is { } filter)
            await store.SetFilterAsync(subscription.Id, filter, ct);
        if (body.Frequency is { } frequency && subscription.Subscriber is { } subscriber)
            await rhythm.SetFrequencyAsync(subscriber, subscription.Id, frequency, ct);
        if (body.Paused is { } pause)
            await store.SetPausedAsync(subscription.Id, pause, ct);
        return await views.OfAsync(subscription.Id, ct) is { } view
            ? OwnSubscription.Answer(context, view with { Ping = ping })
            : Problems.Of(404, "unknown-subscription", "id", "There is no such subscription of yours.");
    }

    private static async Task<IEnumerable<Refusal>> WrongAsync(
        Subscription subscription,
        Body body,
        SubscriptionRules rules,
        CancellationToken ct
    )
    {
        List<Refusal?> found =
            subscription.Channel == Channel.Email
                ? [.. SubscriptionRules.Foreign(Channel.Email, ("url", body.Url is not null), ("contact", body.Contact.IsGiven))]
                :
                [
                    .. SubscriptionRules.Foreign(Channel.Webhook, ("frequency", body.Frequency is not null)),
                    body.Url is { } url ? await rules.UrlAsync(url, ct) : null,
                    SubscriptionRules.Address("contact", body.Contact.Value, required: false),
                ];
        if (body.Filter is { } wanted)
            found.AddRange(await rules.FilterAsync(wanted, ct));
        if (body.Paused is { } paused && !MayPause(subscription.State, paused))
            found.Add(
                new Refusal(
                    RefusalKind.Conflict,
                    "state",
                    "paused",
                    "Only what is active can be paused, and what was disabled has to be enabled."
                )
            );
        return found.OfType<Refusal>();
    }

    /// <summary>True if what is in a state may be paused, or go on.</summary>
    private static bool MayPause(SubscriptionState state, bool paused) =>
        paused ? state is SubscriptionState.Active or SubscriptionState.Paused : state is not SubscriptionState.Disabled;
}

/// <summary>Ends a subscription.</summary>
public static class DeleteSubscription
{
    [WolverineDelete("/api/v1/subscriptions/{id}"), Tags("Subscriptions"), May(Act.Subscribe)]
    [Describes(
        "Ends a subscription; the last one of an e-mail address takes the address with it",
        typeof(void),
        Status = 204,
        NeedsToken = true
    )]
    public static async Task<IResult> Delete(string id, HttpContext context, SubscriptionStore store, CancellationToken ct)
    {
        var (subscription, none) = await OwnSubscription.FindAsync(context, id, store, ct);
        if (subscription is null)
            return none!;
        await store.EndAsync(subscription.Id, ct);
        return Results.NoContent();
    }
}
