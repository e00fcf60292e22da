using FsCheck;
using FsCheck.Fluent;
using Segue.Core.Recovery;
using Segue.Core.Recovery.Writes;
using Segue.Core.Routing;
using static Segue.Core.Recovery.Sent;
using static Segue.Core.Recovery.StatementKind;
using static Segue.Core.Routing.AttemptFate;

namespace Segue.Core.Tests.Recovery;

public class RecoveryPolicyTests
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private static readonly Gen<WriteOutcome?> Outcomes = Gen.Elements<WriteOutcome?>(
        null, new WriteOutcome.NotCommitted(), new WriteOutcome.Committed(null), new WriteOutcome.CannotTell("it is not told"));

    /// <summary>R6, outside transactions: kind, sent, fate, what differs from a fresh recovery, and the decision.</summary>
    public static TheoryData<StatementKind, Sent, AttemptFate, string, string> Alone => new()
    {
        // nothing begun
        { Write,             Nothing,   Unknown,    "",          "SubmitAgain" },
        { Write,             Post,      Running,    "",          "PollOn" },
        { Write,             Post,      Unknown,    "",          "Wait" },
        { Write,             Post,      Unknown,    "long",      "Fail SEGUE_HOLD_TIMEOUT" },
        { Write,             Post,      Superseded, "",          "SubmitAgain" },
        { Write,             Post,      Lost,       "",          "SubmitAgain" },
        { Read,              Post,      Lost,       "",          "SubmitAgain" },
        { Commit,            Post,      Lost,       "",          "SubmitAgain" },
        { Write,             Post,      Running,    "unheard",   "SubmitAgain" },
        { Write,             Post,      Unknown,    "unheard",   "SubmitAgain" },
        // R6.2: begun with the POST
        { Write,             Post,      Lost,       "old",       "Fail SEGUE_OUTCOME_UNKNOWN" },
        { Write,             Nothing,   Lost,       "old",       "SubmitAgain" },
        { Read,              Post,      Lost,       "old",       "RunAgain" },
        { Write,             Post,      Running,    "old",       "PollOn" },
        { Write,             Post,      Running,    "old unheard", "Fail SEGUE_OUTCOME_UNKNOWN" },
        { Read,              Post,      Running,    "old unheard", "RunAgain" },
        { Read,              Post,      Unknown,    "old unheard", "RunAgain" },
        // what only reads
        { Read,              FirstPoll, Running,    "",          "PollOn" },
        { Read,              FirstPoll, Unknown,    "",          "Wait" },
        { Read,              FirstPoll, Unknown,    "long",      "Fail SEGUE_HOLD_TIMEOUT" },
        { Read,              FirstPoll, Superseded, "",          "RunAgain" },
        { Read,              FirstPoll, Superseded, "answers",   "RunAgain" },
        { Read,              FirstPoll, Lost,       "",          "RunAgain" },
        { Read,              FirstPoll, Running,    "rows",      "PollOn" },
        { Read,              FirstPoll, Unknown,    "rows",      "Wait" },
        { Read,              FirstPoll, Superseded, "rows",      "ResumeBehind" },
        { Read,              FirstPoll, Lost,       "rows",      "ResumeBehind" },
        { Read,              FirstPoll, Lost,       "encoded",   "Fail SEGUE_QUERY_LOST" },
        { SessionOnly,       FirstPoll, Lost,       "rows",      "Fail SEGUE_QUERY_LOST" },
        { Read,              FirstPoll, Lost,       "rows, used up", "Fail SEGUE_TOO_MANY_ATTEMPTS" },
        { Read,              FirstPoll, Lost,       "rows, poison", "Fail SEGUE_POISON_QUERY" },
        // its run is compared with what was delivered
        { Read,              Nothing,   Running,    "compared",  "SubmitAgain" },
        { Read,              Post,      Lost,       "compared",  "SubmitAgain" },
        { Read,              FirstPoll, Running,    "compared",  "PollOn" },
        { Read,              FirstPoll, Lost,       "compared",  "ResumeBehind" },
        { Read,              FirstPoll, Lost,       "used up",   "Fail SEGUE_TOO_MANY_ATTEMPTS" },
        { Read,              FirstPoll, Running,    "used up",   "PollOn" },
        { Read,              FirstPoll, Lost,       "poison",    "Fail SEGUE_POISON_QUERY" },
        { SessionOnly,       FirstPoll, Lost,       "",          "RunAgain" },
        { SessionOnly,       FirstPoll, Lost,       "delivered", "RunAgain" },
        { StartTransaction,  FirstPoll, Lost,       "",          "RunAgain" },
        { StartTransaction,  FirstPoll, Unknown,    "delivered", "Wait" },
        { StartTransaction,  FirstPoll, Lost,       "delivered", "Fail SEGUE_TRANSACTION_LOST clear" },
        { Rollback,          FirstPoll, Lost,       "",          "RunAgain" },
        // what must not run twice
        { Write,             FirstPoll, Running,    "",          "PollOn" },
        { Write,             FirstPoll, Unknown,    "",          "Wait" },
        { Write,             FirstPoll, Unknown,    "long",      "Fail SEGUE_OUTCOME_UNKNOWN" },
        { Write,             FirstPoll, Superseded, "",          "Wait" },
        { Write,             FirstPoll, Superseded, "answers",   "PollOn" },
        { Write,             FirstPoll, Superseded, "long",      "Fail SEGUE_OUTCOME_UNKNOWN" },
        { Write,             FirstPoll, Lost,       "",          "Fail SEGUE_OUTCOME_UNKNOWN" },
        { Commit,            FirstPoll, Lost,       "",          "Fail SEGUE_OUTCOME_UNKNOWN" },
        { CreateIfNotExists, FirstPoll, Lost,       "",          "Fail SEGUE_OUTCOME_UNKNOWN" },
        // R5, R6.3: what is known of a write whose coordinator was lost
        { CreateIfNotExists, FirstPoll, Lost,       "awaited",   "Wait" },
        { CreateIfNotExists, FirstPoll, Lost,       "awaited long", "Fail SEGUE_OUTCOME_UNKNOWN" },
        { CreateIfNotExists, FirstPoll, Lost,       "gone",      "Wait" },
        { CreateIfNotExists, FirstPoll, Lost,       "settled",   "RunAgain" },
        { CreateIfNotExists, FirstPoll, Lost,       "settled used up", "Fail SEGUE_TOO_MANY_ATTEMPTS" },
        { CreateIfNotExists, FirstPoll, Superseded, "settled",   "Wait" },
        { Commit,            FirstPoll, Lost,       "settled",   "Fail SEGUE_OUTCOME_UNKNOWN" },
        { Commit,            FirstPoll, Lost,       "no, no",    "Fail SEGUE_OUTCOME_UNKNOWN" },
        { Write,             FirstPoll, Lost,       "settled",   "Fail SEGUE_OUTCOME_UNKNOWN" },
        { Write,             FirstPoll, Lost,       "unasked awaited", "AskOutcome" },
        { Write,             FirstPoll, Lost,       "unasked",   "Fail SEGUE_OUTCOME_UNKNOWN" },
        { Write,             FirstPoll, Lost,       "asked awaited", "Wait" },
        { Write,             FirstPoll, Lost,       "asked awaited long", "Fail SEGUE_OUTCOME_UNKNOWN" },
        { Write,             FirstPoll, Lost,       "asked gone", "AskOutcome" },
        { Write,             FirstPoll, Lost,       "asked gone long", "Fail SEGUE_OUTCOME_UNKNOWN" },
        { Write,             FirstPoll, Lost,       "yes",       "Succeeded" },
        { Write,             FirstPoll, Lost,       "unclear",   "Fail SEGUE_OUTCOME_UNKNOWN" },
        { Write,             FirstPoll, Lost,       "no, unsettled", "Wait" },
        { Write,             FirstPoll, Lost,       "no",        "AskOutcome" },
        { Write,             FirstPoll, Lost,       "no, yes",   "Succeeded" },
        { Write,             FirstPoll, Lost,       "no, unclear", "Fail SEGUE_OUTCOME_UNKNOWN" },
        { Write,             FirstPoll, Lost,       "no, no",    "RunAgain" },
        { Write,             FirstPoll, Lost,       "no, no, rows", "Fail SEGUE_OUTCOME_UNKNOWN" },
        { Write,             FirstPoll, Lost,       "no, no, used up", "Fail SEGUE_TOO_MANY_ATTEMPTS" },
        { Write,             FirstPoll, Lost,       "no, no, poison", "Fail SEGUE_POISON_QUERY" },
        { Write,             FirstPoll, Superseded, "no, no",    "Wait" },
        { Write,             FirstPoll, Running,    "no, no",    "PollOn" },
    };

    /// <summary>R6.6.</summary>
    public static TheoryData<StatementKind, Sent, AttemptFate, string, string> InTransactions => new()
    {
        { Read,     Nothing,   Running,    "",        "SubmitAgain" },
        { Write,    Nothing,   Superseded, "answers", "SubmitAgain" },
        { Write,    Nothing,   Unknown,    "",        "Wait" },
        { Write,    Nothing,   Unknown,    "long",    "Fail SEGUE_TRANSACTION_LOST clear" },
        { Write,    Nothing,   Lost,       "",        "Fail SEGUE_TRANSACTION_LOST clear" },
        { Read,     Post,      Running,    "",        "PollOn" },
        { Read,     Post,      Running,    "unheard", "SubmitAgain" },
        { Write,    Post,      Running,    "old unheard", "Fail SEGUE_OUTCOME_UNKNOWN clear" },
        { Read,     FirstPoll, Superseded, "",        "Wait" },
        { Read,     FirstPoll, Superseded, "answers", "PollOn" },
        { Read,     FirstPoll, Lost,       "",        "Fail SEGUE_TRANSACTION_LOST clear" },
        { Write,    FirstPoll, Lost,       "",        "Fail SEGUE_TRANSACTION_LOST clear" },
        { Commit,   FirstPoll, Lost,       "",        "Fail SEGUE_OUTCOME_UNKNOWN clear" },
        { Commit,   FirstPoll, Unknown,    "long",    "Fail SEGUE_OUTCOME_UNKNOWN clear" },
        { Commit,   Post,      Lost,       "",        "Fail SEGUE_TRANSACTION_LOST clear" },
        { Commit,   Post,      Lost,       "old",     "Fail SEGUE_OUTCOME_UNKNOWN clear" },
        { Rollback, Nothing,   Running,    "",        "SubmitAgain" },
        { Rollback, Nothing,   Lost,       "",        "RollbackSucceeded" },
        { Rollback, FirstPoll, Lost,       "",        "RollbackSucceeded" },
        { Rollback, FirstPoll, Unknown,    "",        "Wait" },
        { Rollback, FirstPoll, Unknown,    "long",    "RollbackSucceeded" },
    };

    [Theory]
    [MemberData(nameof(Alone))]
    public void A_statement_alone(StatementKind kind, Sent sent, AttemptFate fate, string but, string decision) =>
        Shown(RecoveryPolicy.Decide(Input(kind, sent, fate, but))).ShouldBe(decision);

    [Theory]
    [MemberData(nameof(InTransactions))]
    public void A_statement_in_a_transaction(StatementKind kind, Sent sent, AttemptFate fate, string but, string decision) =>
        Shown(RecoveryPolicy.Decide(Input(kind, sent, fate, but) with { InTransaction = true })).ShouldBe(decision);

    [Fact]
    public void Every_input_has_a_decision_with_a_sentence() => ForAllInputs(input =>
    {
        var decision = RecoveryPolicy.Decide(input);
        return decision.Sentence.EndsWith('.') && (decision is not RecoveryDecision.Fail fail || SegueErrors.All.Contains(fail.Error));
    });

    [Fact]
    public void I5_nothing_with_effects_is_sent_again_once_it_may_have_begun_unless_it_is_known_to_have_taken_none_and_to_take_none_any_more() => ForAllInputs(input =>
    {
        var effects = input.Statement.Kind is Write or Commit or CreateIfNotExists;
        var begun = input.Sent == FirstPoll || (input.ExecutesOnPost && input.Sent == Post);
        if (!(effects && begun))
            return true;
        var over = input is { InTransaction: false, Fate: Lost, Lost: { Gone: Gone.Proven } lost } && lost.SettledFor >= lost.Settle;
        var known = input.Statement.Kind == CreateIfNotExists
            || (input.Statement.Kind == Write && input is { RowsDelivered: 0, Lost: { First: WriteOutcome.NotCommitted, Last: WriteOutcome.NotCommitted } });
        return RecoveryPolicy.Decide(input) switch
        {
            RecoveryDecision.SubmitAgain => false,
            RecoveryDecision.RunAgain => over && known,
            _ => true,
        };
    });

    [Fact]
    public void A_write_is_said_to_be_done_only_by_its_tables_word_behind_the_proof() => ForAllInputs(input =>
        RecoveryPolicy.Decide(input) is not RecoveryDecision.Succeeded
        || input is { Statement.Kind: Write, InTransaction: false, Lost.Gone: Gone.Proven, Lost: { First: WriteOutcome.Committed } or { Last: WriteOutcome.Committed } });

    [Fact]
    public void What_would_find_its_own_work_done_is_not_run_again_behind_a_row_that_was_delivered() => RecoveryPolicy.Decide(new RecoveryInput
    {
        Statement = new StatementClass(CreateIfNotExists, "it is a test"),
        Sent = FirstPoll,
        Fate = Lost,
        QueryId = "q1",
        RowsDelivered = 1,
        Lost = new LostWrite { Gone = Gone.Proven, SettledFor = TimeSpan.FromSeconds(10) },
    }).ShouldBeOfType<RecoveryDecision.Fail>().Error.ShouldBe(SegueErrors.OutcomeUnknown);

    [Fact]
    public void I6_no_run_is_begun_behind_delivered_rows_but_one_that_is_compared_with_them() => ForAllInputs(input =>
        input.RowsDelivered <= 0 || RecoveryPolicy.Decide(input) switch
        {
            RecoveryDecision.RunAgain => false,
            RecoveryDecision.SubmitAgain => input.InTransaction || input.Compared,
            RecoveryDecision.ResumeBehind => input is { Statement.Kind: Read, Encoded: false, InTransaction: false },
            _ => true,
        });

    [Fact]
    public void Only_what_has_an_address_is_polled() => ForAllInputs(input =>
        input.CanBePolled || RecoveryPolicy.Decide(input) is not RecoveryDecision.PollOn);

    [Fact]
    public void I7_no_statement_waits_past_every_bound() => ForAllInputs(input =>
        RecoveryPolicy.Decide(input with { Waited = Long }) is not (RecoveryDecision.Wait or RecoveryDecision.AskOutcome));

    [Fact]
    public void A_statement_in_a_transaction_never_leaves_its_coordinator() => ForAllInputs(input =>
        RecoveryPolicy.Decide(input with { InTransaction = true, Fate = Lost }) is RecoveryDecision.RollbackSucceeded or RecoveryDecision.Fail { ClearTransaction: true });

    [Fact]
    public void The_error_of_a_write_says_what_is_known_and_what_to_do()
    {
        var input = Input(Write, FirstPoll, Lost, "") with { QueryId = "20261124_000000_00001_abcde", Coordinator = "c1:8080" };
        var sentence = RecoveryPolicy.Decide(input).Sentence;
        sentence.ShouldContain("c1:8080 was lost");
        sentence.ShouldContain("may or may not have taken effect");
        sentence.ShouldContain("20261124_000000_00001_abcde");
    }

    private static RecoveryInput Input(StatementKind kind, Sent sent, AttemptFate fate, string but)
    {
        var input = new RecoveryInput { Statement = new StatementClass(kind, "it is a test"), Sent = sent, Fate = fate, QueryId = "q1" };
        return but switch
        {
            "" => input,
            "long" => input with { Waited = Long },
            "old" => input with { ExecutesOnPost = true },
            "unheard" => input with { QueryId = null },
            "old unheard" => input with { QueryId = null, ExecutesOnPost = true },
            "answers" => input with { CoordinatorAnswers = true },
            "rows" => input with { RowsDelivered = 7 },
            "encoded" => input with { RowsDelivered = 7, Encoded = true },
            "compared" => input with { RowsDelivered = 7, Compared = true },
            "rows, used up" => input with { RowsDelivered = 7, AttemptsUsed = 3 },
            "rows, poison" => input with { RowsDelivered = 7, CoordinatorsLostWhileRunning = 2 },
            "used up" => input with { AttemptsUsed = 3 },
            "poison" => input with { AttemptsUsed = 2, CoordinatorsLostWhileRunning = 2 },
            "delivered" => input with { SessionOutcomeDelivered = true },
            _ => Lostly(input, but),
        };
    }

    private static RecoveryInput Lostly(RecoveryInput input, string but)
    {
        var asked = input with { Lost = new LostWrite { Witness = Witness.History, Gone = Gone.Proven, SettledFor = Long } };
        WriteOutcome no = new WriteOutcome.NotCommitted();
        WriteOutcome yes = new WriteOutcome.Committed(1);
        WriteOutcome unclear = new WriteOutcome.CannotTell("it is not told");
        return but switch
        {
            "awaited" => input with { Lost = new LostWrite { Gone = Gone.Awaited } },
            "awaited long" => input with { Lost = new LostWrite { Gone = Gone.Awaited }, Waited = Long },
            "gone" => input with { Lost = new LostWrite { Gone = Gone.Proven } },
            "settled" => input with { Lost = new LostWrite { Gone = Gone.Proven, SettledFor = Long } },
            "settled used up" => input with { Lost = new LostWrite { Gone = Gone.Proven, SettledFor = Long }, AttemptsUsed = 3 },
            "unasked" => input with { Lost = new LostWrite { Witness = Witness.Unasked } },
            "unasked awaited" => input with { Lost = new LostWrite { Witness = Witness.Unasked, Gone = Gone.Awaited } },
            "asked awaited" => input with { Lost = asked.Lost with { Gone = Gone.Awaited } },
            "asked awaited long" => input with { Lost = asked.Lost with { Gone = Gone.Awaited }, Waited = Long },
            "asked gone" => asked,
            "asked gone long" => asked with { Waited = Long },
            "yes" => asked with { Lost = asked.Lost with { First = yes, SettledFor = TimeSpan.Zero } },
            "unclear" => asked with { Lost = asked.Lost with { First = unclear } },
            "no" => asked with { Lost = asked.Lost with { First = no } },
            "no, unsettled" => asked with { Lost = asked.Lost with { First = no, SettledFor = TimeSpan.FromSeconds(9) } },
            "no, yes" => asked with { Lost = asked.Lost with { First = no, Last = yes } },
            "no, unclear" => asked with { Lost = asked.Lost with { First = no, Last = unclear } },
            "no, no" => asked with { Lost = asked.Lost with { First = no, Last = no } },
            "no, no, rows" => asked with { Lost = asked.Lost with { First = no, Last = no }, RowsDelivered = 1 },
            "no, no, used up" => asked with { Lost = asked.Lost with { First = no, Last = no }, AttemptsUsed = 3 },
            "no, no, poison" => asked with { Lost = asked.Lost with { First = no, Last = no }, AttemptsUsed = 2, CoordinatorsLostWhileRunning = 2 },
            _ => throw new ArgumentException(but, nameof(but)),
        };
    }

    private static string Shown(RecoveryDecision decision) => decision switch
    {
        RecoveryDecision.Fail fail => $"Fail {fail.Error.Name}{(fail.ClearTransaction ? " clear" : "")}",
        _ => decision.GetType().Name,
    };

    private static void ForAllInputs(Func<RecoveryInput, bool> holds)
    {
        var inputs =
            from kind in Gen.Elements(Enum.GetValues<StatementKind>())
            from sent in Gen.Elements(Enum.GetValues<Sent>())
            from fate in Gen.Elements(Enum.GetValues<AttemptFate>())
            from flags in Gen.Choose(0, 127)
            from rows in Gen.Elements(0L, 1L, long.MaxValue)
            from used in Gen.Choose(0, 4)
            from losses in Gen.Choose(0, 3)
            from seconds in Gen.Elements(0, 119, 120, 299, 300, 3600)
            from gone in Gen.Elements(Enum.GetValues<Gone>())
            from settled in Gen.Elements(0, 9, 10, 3600)
            from witness in Gen.Elements(Enum.GetValues<Witness>())
            from first in Outcomes
            from last in Outcomes
            select new RecoveryInput
            {
                Statement = new StatementClass(kind, "it is a test"),
                Sent = sent,
                Fate = fate,
                CoordinatorAnswers = (flags & 1) != 0,
                ExecutesOnPost = (flags & 2) != 0,
                InTransaction = (flags & 4) != 0,
                SessionOutcomeDelivered = (flags & 8) != 0,
                QueryId = (flags & 16) != 0 ? "q1" : null,
                Encoded = (flags & 32) != 0,
                Compared = (flags & 64) != 0,
                RowsDelivered = rows,
                AttemptsUsed = used,
                CoordinatorsLostWhileRunning = losses,
                Waited = TimeSpan.FromSeconds(seconds),
                Lost = new LostWrite { Gone = gone, SettledFor = TimeSpan.FromSeconds(settled), Witness = witness, First = first, Last = last },
            };
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(inputs.ToArbitrary(), holds));
    }
}
