using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Segue.Core.Recovery;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Queries;
using Segue.Server.Recovery;

namespace Segue.Server.Gateway.Statements;

/// <summary>Takes statements in, and tells what one is by its text and headers: as its client sent them, or as the journal kept them.</summary>
internal static class SubmissionReading
{
    /// <param name="headers">Without hop-by-hop headers.</param>
    /// <param name="credentialsHash">Of the <c>Authorization</c> that it was sent with.</param>
    public static Submission Of(
        GatewayServices gateway, string method, string target, ReadOnlyMemory<byte> body, IReadOnlyList<KeyValuePair<string, StringValues>> headers, byte[] credentialsHash)
    {
        var dialect = gateway.Dialect;
        var text = Encoding.UTF8.GetString(body.Span);
        var kind = StatementClassifier.Classify(text, dialect.Engine, PreparedStatements.Decode(Header("Prepared-Statement")), gateway.Config.Recovery.Effects);
        var transaction = Header("Transaction-Id").ToString();
        return new Submission(
            new HttpMethod(method),
            target,
            body,
            headers,
            Header("User").ToString(),
            kind,
            transaction.Length == 0 || transaction.Equals("NONE", StringComparison.OrdinalIgnoreCase) ? null : transaction,
            credentialsHash)
        {
            Gist = StatementGist.Of(text, dialect.Engine),
            Target = WriteRecovery.TargetOf(text, kind, gateway.Config, Header("Catalog").ToString(), Header("Schema").ToString()),
        };

        StringValues Header(string name) => headers.FirstOrDefault(header => header.Key.Equals(dialect.Header(name), StringComparison.OrdinalIgnoreCase)).Value;
    }

    /// <summary>The statement that a request carries.</summary>
    /// <returns>Null where it was refused, and that answered.</returns>
    public static async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(GatewayServices gateway, ClientCall call)
    {
        var limit = gateway.Limits.StatementBytes;
        var request = call.Context.Request;
        if (call.Context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = limit + 1L;
        using var body = new MemoryStream(request.ContentLength is { } length and > 0 && length <= limit ? (int)length : 256);
        try
        {
            await call.For(request.Body.CopyToAsync(body, call.Aborted));
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            body.SetLength(limit + 1L);
        }
        if (body.Length <= limit)
        {
            var read = body.GetBuffer().AsMemory(0, (int)body.Length);
            if (call.Context.Features.Get<PassedFrom>() is not { } passed || passed.Body == HashOf(read))
                return read;
            await PlainAnswer.SayAsync(call.Context, StatusCodes.Status403Forbidden, "This is not the statement that a member of Segue has passed on.");
            return null;
        }
        await PlainAnswer.SayAsync(
            call.Context, StatusCodes.Status413PayloadTooLarge, $"The statement is longer than limits.statement allows ({limit} bytes).");
        return null;
    }

    /// <summary>As members name to each other what they pass on.</summary>
    public static string HashOf(ReadOnlyMemory<byte> body) => Convert.ToHexString(SHA256.HashData(body.Span));
}
