using Segue.Core.Recovery;
using Segue.Core.Routing;
using Segue.Server.Tests;
using static Segue.Core.Recovery.StatementKind;

namespace Segue.Core.Tests.Recovery;

/// <summary>The table that administrators read says what the policy decides.</summary>
public sealed class RecoveryDocumentTests
{
    private static readonly Dictionary<string, StatementKind[]> Statements = new()
    {
        ["any"] = Enum.GetValues<StatementKind>(),
        ["a query, SHOW, DESCRIBE, EXPLAIN"] = [Read],
        ["USE, SET, RESET, PREPARE, DEALLOCATE"] = [SessionOnly],
        ["START TRANSACTION"] = [StartTransaction],
        ["a write, CREATE IF NOT EXISTS, COMMIT"] = [Write, CreateIfNotExists, Commit],
        ["ROLLBACK in a transaction"] = [Rollback],
        ["COMMIT in a transaction"] = [Commit],
        ["anything else in a transaction"] = [Read, Write, SessionOnly, CreateIfNotExists],
    };

    private static readonly Dictionary<string, Func<RecoveryInput, RecoveryInput>> Moments = new()
    {
        ["held, or submitted and not polled"] = static input => input with { Sent = Sent.Post },
        ["begun, no row delivered"] = static input => input,
        ["begun, and it only fell silent"] = static input => input with { Fate = AttemptFate.Unknown },
        ["begun, two coordinators died under it"] = static input => input with { CoordinatorsLostWhileRunning = 2 },
        ["begun, its rows still [kept back](#whole-results)"] = static input => input,
        ["rows delivered"] = static input => input with { RowsDelivered = 7 },
        ["rows delivered, two coordinators died under it"] = static input => input with { RowsDelivered = 7, CoordinatorsLostWhileRunning = 2 },
        ["rows delivered, run `recovery.attempts` times"] = static input => input with { RowsDelivered = 7, AttemptsUsed = 3 },
        ["encoded rows delivered"] = static input => input with { RowsDelivered = 7, Encoded = true },
        ["the transaction's id delivered"] = static input => input with { SessionOutcomeDelivered = true },
    };

    [Fact]
    public void Each_row_says_what_the_policy_decides()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", "recovery.md"))
            .SkipWhile(static line => !line.EndsWith("| decision |", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(static line => line.StartsWith('|'))
            .Select(static line => line.Trim('|', ' ').Split(" | "))
            // nobody is asked where nothing is left to be had from a coordinator
            .Where(static row => row[3] != "none")
            .ToList();
        rows.Count.ShouldBeGreaterThan(10);
        foreach (var row in rows)
        {
            foreach (var kind in Statements[row[0]])
            {
                var input = new RecoveryInput
                {
                    Statement = new StatementClass(kind, "it is a test"),
                    Sent = Sent.FirstPoll,
                    Fate = AttemptFate.Lost,
                    QueryId = "q1",
                    InTransaction = row[0].EndsWith("in a transaction", StringComparison.Ordinal),
                };
                var decision = RecoveryPolicy.Decide(Moments[row[1]](input));
                var shown = decision is RecoveryDecision.Fail fail ? fail.Error.Name : decision.GetType().Name;
                row[3].ShouldBe($"`{shown}`", $"{kind}: {string.Join(" | ", row)}");
            }
        }
    }
}
