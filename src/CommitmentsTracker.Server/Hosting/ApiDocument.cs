using System.Text.Json.Nodes;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Citing;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>Completes the OpenAPI document by what endpoints say of themselves.</summary>
public static class ApiDocument
{
    private static readonly Dictionary<string, string> Explained = new(StringComparer.Ordinal)
    {
        ["asOf"] = "The day in the world, UTC, YYYY-MM-DD; absent: the day of knownAt, else today.",
        ["knownAt"] = "Only what was recorded at or before it counts: an RFC 3339 instant, or a date for the end of that day.",
        ["lang"] = "en or zh.",
        ["kind"] = "commitment, proposal or instrument; repeat or separate by commas.",
        ["status"] = "One or more statuses.",
        ["theme"] = "One or more theme slugs.",
        ["party"] = "One or more party slugs.",
        ["forum"] = "Slug of a forum.",
        ["q"] =
            "Search text in English or Chinese, at most 200 characters: words of titles, summaries, notes, sources and "
            + "quotations, identifiers, names and aliases.",
        ["signal"] = "One or more signals: overdue, due_soon, stale, disputed, awaiting, flagged, …",
        ["sort"] = "latest, since, due, slug or relevance; absent: relevance where q is given, else latest.",
        ["limit"] = "How many at most.",
        ["cursor"] = "nextCursor of the page before; pins both clocks.",
        ["from"] = "First day.",
        ["to"] = "Last day.",
        ["step"] = "day, week, month, quarter or year.",
        ["after"] = "The last changeNo that the reader has.",
        ["state"] = "One or more states of deliveries: waiting, sending, delivered, exhausted, blocked, withheld.",
        ["change"] = "The changeNo of one change.",
        ["item"] = "One or more item slugs.",
        ["changes"] = "Kinds of change: status, deadline, correction, new, progress, review; absent: all.",
        ["archive"] = "An archived part: n stands for the change numbers from 100n - 99 to 100n.",
        ["before"] = "Of that archive only change numbers below this one, as links write it.",
        ["dryRun"] = "true: nothing is recorded, every row is reported.",
        ["feedId"] = "The feed that the reader knows; another one answers with reset.",
    };

    // Closed lists that the document tells as strings, whose words stand in the description; null: the field describes itself.
    private static readonly Dictionary<Type, string?> Strings = new()
    {
        [typeof(Strength)] = "`firm`, `soft` or `suggestive`.",
        [typeof(Tier)] = "How the item came into the list, e.g. `core`, `extended`, `followup`.",
        [typeof(CitationRole)] = null,
        [typeof(UrlBasis)] = null,
        [typeof(ChangeType)] = null,
        [typeof(ChangeCause)] = null,
    };

    /// <summary>Sets the document up.</summary>
    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer(
            (document, _, _) =>
            {
                Introduce(document);
                return Task.CompletedTask;
            }
        );
        options.AddOperationTransformer(
            async (operation, context, ct) =>
            {
                if (context.Description.ActionDescriptor.EndpointMetadata.OfType<DescribesAttribute>().FirstOrDefault() is { } described)
                    await DescribeAsync(operation, described, context, ct);
            }
        );
        options.AddSchemaTransformer(
            (schema, context, _) =>
            {
                Spell(schema, context.JsonTypeInfo.Type);
                return Task.CompletedTask;
            }
        );
    }

    private static void Introduce(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "CommitmentsTracker",
            Version = "v1",
            Description =
                "What became of commitments, proposals and instruments of a forum: on two clocks, when it happened "
                + "(asOf) and when it was known (knownAt).",
        };
        document.Servers?.Clear();
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["token"] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "A person's API token.",
            },
        };
    }

    private static async Task DescribeAsync(
        OpenApiOperation operation,
        DescribesAttribute described,
        OpenApiOperationTransformerContext context,
        CancellationToken ct
    )
    {
        operation.Summary = described.Summary;
        List<IOpenApiParameter> parameters = [.. (operation.Parameters ?? []).Where(p => p.In == ParameterLocation.Path)];
        parameters.AddRange(described.Parameters.Select(name => Text(name, ParameterLocation.Query, Explained[name])));
        operation.Responses = Responses(
            described,
            described.Status == StatusCodes.Status204NoContent ? null : await context.GetOrCreateSchemaAsync(described.Answer, null, ct)
        );
        if (described.Body is { } body)
        {
            if (described.Repeatable)
            {
                parameters.Add(
                    Text("If-Match", ParameterLocation.Header, "The item's entity tag; a stale one answers 412 with what changed.")
                );
                parameters.Add(
                    Text("Idempotency-Key", ParameterLocation.Header, "Remembered for 7 days: a repeat gives the first answer.")
                );
            }

            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [described.BodyMediaType] = new() { Schema = await context.GetOrCreateSchemaAsync(body, null, ct) },
                },
            };
        }

        if ((described.Body is not null && !described.IsOpen) || described.NeedsToken)
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("token", context.Document)] = [] }];

        operation.Parameters = parameters;
    }

    private static OpenApiResponses Responses(DescribesAttribute described, OpenApiSchema? schema)
    {
        var mediaType = described.Answer == typeof(ChangeView) ? "text/event-stream" : described.MediaType;
        var success = new OpenApiResponse
        {
            Description = "Success",
            Content = schema is null ? null : new Dictionary<string, OpenApiMediaType> { [mediaType] = new() { Schema = schema } },
        };
        if (described.TellsStateHash)
            success.Headers = new Dictionary<string, IOpenApiHeader>
            {
                [StateAnswers.Header] = new OpenApiHeader
                {
                    Description =
                        "SHA-256 in hexadecimal over the state's canonical JSON (RFC 8785), as …/state answers it; only if asOf and "
                        + "knownAt are given and the instant is over 60 seconds ago, for then it never changes.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                },
            };
        return new OpenApiResponses
        {
            [described.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = success,
            ["4XX"] = new OpenApiResponse
            {
                Description = "A problem (RFC 9457) that names the field and the rule",
                Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new() },
            },
        };
    }

    private static OpenApiParameter Text(string name, ParameterLocation place, string description) =>
        new()
        {
            Name = name,
            In = place,
            Description = description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        };

    private static void Spell(OpenApiSchema schema, Type given)
    {
        var type = Nullable.GetUnderlyingType(given) ?? given;
        if (type == typeof(Domain.Clocks.PartialDate))
        {
            schema.Type = JsonSchemaType.String;
            schema.Description = "YYYY-MM-DD, YYYY-MM or YYYY.";
        }
        else if (Strings.TryGetValue(type, out var words))
        {
            schema.Description ??= words;
            schema.Type = type == given ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
        }
        else if (type.IsEnum)
        {
            schema.Type = JsonSchemaType.String;
            schema.Enum =
            [
                .. Enum.GetValues(type)
                    .Cast<object>()
                    .Select(v =>
                        (JsonNode)
                            JsonValue.Create(System.Text.Json.JsonSerializer.SerializeToElement(v, type, TrackerJson.Strict).GetString()!)!
                    ),
            ];
        }
    }
}
