namespace CommitmentsTracker.Server.Tests.Changes;

// The reader of a stream.
public sealed partial class ChangeStreamTests
{
    /// <summary>Reads events one by one.</summary>
    private sealed class Sse(HttpResponseMessage response, Stream stream) : IDisposable
    {
        private readonly StreamReader _reader = new(stream);

        public async Task<SseItem> NextAsync()
        {
            string? id = null,
                type = null,
                data = null;
            while (await LineAsync() is { } line)
            {
                if (line.Length == 0 && data is not null)
                    return new SseItem(type!, data, id);
                if (line.StartsWith("id: ", StringComparison.Ordinal))
                    id = line[4..];
                if (line.StartsWith("event: ", StringComparison.Ordinal))
                    type = line[7..];
                if (line.StartsWith("data: ", StringComparison.Ordinal))
                    data = line[6..];
            }

            throw new EndOfStreamException();
        }

        public async Task<string> NextCommentAsync()
        {
            while (await LineAsync() is { } line)
                if (line.StartsWith(':'))
                    return line;
            throw new EndOfStreamException();
        }

        private async Task<string?> LineAsync() =>
            await _reader
                .ReadLineAsync(TestContext.Current.CancellationToken)
                .AsTask()
                .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        public void Dispose()
        {
            _reader.Dispose();
            response.Dispose();
        }
    }

    private sealed record SseItem(string EventType, string Data, string? EventId);
}
