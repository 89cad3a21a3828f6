using System.Data.Common;
using System.Net.Sockets;
using System.Text.Json;
using CommitmentsTracker.Domain.Writing;
using Npgsql;

namespace CommitmentsTracker.Record.Workers;

/// <summary>Tells failures apart, and says them without anything personal.</summary>
public static class Failure
{
    private const int LongestSaid = 300;

    /// <summary>
    /// True if the failure lies in the row that was read or told, false if it lies around it: the database, the network, the
    /// machine, or that somebody ended it.
    /// </summary>
    public static bool IsOfRow(Exception e) =>
        e
            is not (
                DbException
                or IOException
                or SocketException
                or TimeoutException
                or OperationCanceledException
                or ObjectDisposedException
                or OutOfMemoryException
            );

    /// <summary>
    /// One line for logs and for the operator: the kind of failure, and its message where that message never repeats what
    /// people typed (a statement's detail, an address that is none).
    /// </summary>
    public static string Said(Exception e)
    {
        var message = e switch
        {
            PostgresException p => $"{p.SqlState} {p.MessageText}",
            DbException or IOException or SocketException or TimeoutException or TimeZoneNotFoundException => e.Message,
            JsonException or UnknownWordException or UnreadableException => e.Message,
            _ => null,
        };
        var said = message is null ? e.GetType().Name : $"{e.GetType().Name}: {message.ReplaceLineEndings(" ")}";
        return said.Length > LongestSaid ? said[..LongestSaid] : said;
    }
}

/// <summary>A row holds what this program cannot read or tell; the message says what, and nothing personal.</summary>
public sealed class UnreadableException(string message) : InvalidOperationException(message);
