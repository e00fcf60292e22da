using System.Text;
using Microsoft.Extensions.Primitives;
using Segue.Core.Recovery;
using Segue.Server.Gateway.Queries;
using Segue.Server.Recovery;

namespace Segue.Server.Gateway.Statements;

/// <summary>What a statement is, by its text and headers: as its client sent them, or as the journal kept them.</summary>
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
}
