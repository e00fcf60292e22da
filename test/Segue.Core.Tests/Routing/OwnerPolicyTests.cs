using Segue.Core.Routing;

namespace Segue.Core.Tests.Routing;

/// <summary>R3.1 and R3.2: who serves a request of a query that another member follows.</summary>
public sealed class OwnerPolicyTests
{
    private static readonly OwnerView Read = new(MayHaveEffects: false, IsOwner: false, WasPassed: false);
    private static readonly bool[] Both = [true, false];
    private static readonly OwnerView Write = Read with { MayHaveEffects = true };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_owner_serves_it_and_anybody_else_asks_the_owner_first(bool mayHaveEffects)
    {
        var view = Read with { MayHaveEffects = mayHaveEffects };
        OwnerPolicy.Next(view with { IsOwner = true }).ShouldBe(OwnerStep.Serve);
        OwnerPolicy.Next(view with { WasPassed = true }).ShouldBe(OwnerStep.Serve, "what was passed goes no further");
        OwnerPolicy.Next(view).ShouldBe(OwnerStep.AskOwner);
    }

    [Theory]
    [InlineData(true, null, null, OwnerStep.AskForText)]
    [InlineData(true, true, null, OwnerStep.TakeOver)]
    [InlineData(true, false, null, OwnerStep.AskForSession)]
    [InlineData(true, false, OwnerSession.Lives, OwnerStep.Wait)]
    [InlineData(true, false, OwnerSession.Over, OwnerStep.TakeOver)]
    [InlineData(true, false, OwnerSession.NotKnown, OwnerStep.Wait)]
    [InlineData(false, null, null, OwnerStep.AskForSession)]
    [InlineData(false, null, OwnerSession.Over, OwnerStep.TakeOver)]
    [InlineData(false, null, OwnerSession.Lives, OwnerStep.Wait)]
    public void A_read_is_taken_over_where_the_store_has_its_text_or_its_owner_is_gone(bool silent, bool? textIsStored, OwnerSession? session, OwnerStep step) =>
        OwnerPolicy.Next(Read with { Silent = silent, TextIsStored = textIsStored, Session = session }).ShouldBe(step);

    [Fact]
    public void A_read_that_runs_goes_on_though_the_store_is_away() =>
        OwnerPolicy.Next(Read with { Silent = true, RunLives = true, TextIsStored = false, Session = OwnerSession.NotKnown }).ShouldBe(OwnerStep.TakeOver);

    [Theory]
    [InlineData(true, true, true, null, OwnerStep.Borrow)]
    [InlineData(true, true, false, null, OwnerStep.AskForSession)]
    [InlineData(true, true, false, OwnerSession.Lives, OwnerStep.Borrow)]
    [InlineData(true, true, false, OwnerSession.NotKnown, OwnerStep.Borrow)]
    [InlineData(true, true, false, OwnerSession.Over, OwnerStep.TakeOver)]
    [InlineData(true, false, true, null, OwnerStep.AskForSession)]
    [InlineData(true, false, true, OwnerSession.Lives, OwnerStep.Wait)]
    [InlineData(true, false, true, OwnerSession.NotKnown, OwnerStep.Wait)]
    [InlineData(true, false, true, OwnerSession.Over, OwnerStep.TakeOver)]
    [InlineData(false, true, true, null, OwnerStep.AskForSession)]
    [InlineData(false, true, true, OwnerSession.Lives, OwnerStep.Wait)]
    public void A_write_that_runs_is_polled_on_for_a_silent_owner_and_taken_over_only_when_its_session_is_over(
        bool silent, bool runLives, bool livedLately, OwnerSession? session, OwnerStep step) =>
        OwnerPolicy.Next(Write with { Silent = silent, RunLives = runLives, LivedLately = livedLately, Session = session }).ShouldBe(step);

    /// <summary>Everything that the questions can be answered with.</summary>
    private static IEnumerable<OwnerView> Answers =>
        from mayHaveEffects in Both
        from silent in Both
        from runLives in Both
        from livedLately in Both
        from textIsStored in Both
        from session in Enum.GetValues<OwnerSession>()
        select new OwnerView(mayHaveEffects, IsOwner: false, WasPassed: false, silent, runLives, livedLately, textIsStored, session);

    [Fact]
    public void Whatever_is_answered_the_questions_come_to_an_end_and_no_write_is_taken_from_an_owner_that_may_live()
    {
        foreach (var answers in Answers)
        {
            var (view, step) = (Read with { MayHaveEffects = answers.MayHaveEffects }, OwnerStep.AskOwner);
            for (var asked = 0; asked < 4; asked++)
            {
                view = step switch
                {
                    OwnerStep.AskOwner => view with { Silent = answers.Silent, RunLives = answers.RunLives, LivedLately = answers.LivedLately },
                    OwnerStep.AskForText => view with { TextIsStored = answers.TextIsStored },
                    OwnerStep.AskForSession => view with { Session = answers.Session },
                    _ => view,
                };
                step = OwnerPolicy.Next(view);
            }
            step.ShouldBeOneOf(OwnerStep.TakeOver, OwnerStep.Borrow, OwnerStep.Wait);
            if (answers.MayHaveEffects && answers.Session != OwnerSession.Over)
                step.ShouldNotBe(OwnerStep.TakeOver, $"{answers}");
            if (step == OwnerStep.Borrow)
                view.ShouldSatisfyAllConditions($"{answers}", v => v.MayHaveEffects.ShouldBeTrue(), v => v.RunLives.ShouldBeTrue());
        }
    }

    [Theory]
    [InlineData("a", 2, null, null, "a")]
    [InlineData("me", 2, null, null, "me")]
    [InlineData("me", 2, null, "b", "b")]
    [InlineData("a", 2, "a", null, "me")]
    [InlineData("a", 2, "a", "b", "b")]
    [InlineData("c", 2, "a", null, "c")]
    [InlineData("me", 3, null, null, "me")]
    public void The_owner_is_who_the_token_names_or_who_has_taken_it_from_that_one(string named, long sequence, string? takenFrom, string? by, string owner) =>
        OwnerPolicy.OwnerOf(Token(named, sequence, TokenTraits.MayHaveEffects), "me", new KnownQuery(1, takenFrom, by)).ShouldBe(owner);

    [Fact]
    public void What_this_member_has_nothing_of_is_who_s_the_token_names()
    {
        OwnerPolicy.OwnerOf(Token("a", 2, TokenTraits.None), "me", known: null).ShouldBe("a");
        OwnerPolicy.OwnerOf(Token("a", 5, TokenTraits.None), "me", new KnownQuery(1, "a", null)).ShouldBe("a", "another one has read on since");
        OwnerPolicy.OwnerOf(Token("a", 5, TokenTraits.MayHaveEffects), "me", new KnownQuery(1, "a", null)).ShouldBe("me", "a write is polled on by others, and stays its owner's");
    }

    private static QueryToken Token(string owner, long sequence, TokenTraits traits) => new() { Owner = owner, Sequence = sequence, Traits = traits, Handle = "q", Coordinator = "", UpstreamPath = "" };
}
