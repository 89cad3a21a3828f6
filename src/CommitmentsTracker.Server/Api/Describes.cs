namespace CommitmentsTracker.Server.Api;

/// <summary>What the OpenAPI document says of an endpoint that reads its request itself.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DescribesAttribute(string summary, Type answer, params string[] parameters) : Attribute
{
    public string Summary { get; } = summary;

    /// <summary>Type of a successful answer.</summary>
    public Type Answer { get; } = answer;

    /// <summary>Names of the query parameters.</summary>
    public string[] Parameters { get; } = parameters;

    /// <summary>Type of the body of a write.</summary>
    public Type? Body { get; set; }

    /// <summary>Media type of the body of a write.</summary>
    public string BodyMediaType { get; set; } = "application/json";

    /// <summary>Media type of a successful answer.</summary>
    public string MediaType { get; set; } = "application/json";

    /// <summary>False if a write takes neither <c>If-Match</c> nor <c>Idempotency-Key</c>.</summary>
    public bool Repeatable { get; set; } = true;

    /// <summary>True if a fixed answer tells the hash of its state in a header.</summary>
    public bool TellsStateHash { get; set; }

    /// <summary>True if it needs a token although it has no body.</summary>
    public bool NeedsToken { get; set; }

    /// <summary>True if anyone may write it, without a token.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Status of a successful answer; 204 has no body.</summary>
    public int Status { get; set; } = StatusCodes.Status200OK;
}
