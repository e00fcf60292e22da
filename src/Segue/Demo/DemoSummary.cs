using Segue.Server.Admin;

namespace Segue.Demo;

/// <summary>The words at the end.</summary>
internal static class DemoSummary
{
    /// <summary>HAProxy with a backup server before two real Presto 0.287 coordinators, the first one killed: nothing was answered for so long.</summary>
    private const string Recipe = "22.6 s";

    public static string Phases(FailoverReport timing) =>
        $"detect {HumanDuration.Of(timing.DetectSeconds)}, decide {HumanDuration.Of(timing.DecideSeconds)}, "
        + $"first answer {(timing.FirstAnswerSeconds is { } first ? HumanDuration.Of(first) : "-")}";

    public static IEnumerable<string> Lines(DemoResult result, TallyCount count)
    {
        yield return $"queries       {result.Queries} by {DemoLoad.Clients} clients that never retry";
        yield return $"failed        {result.Failed}";
        yield return $"wrong rows    {result.WrongRows}";
        yield return $"longest wait  {HumanDuration.Of(count.Longest)}   (HAProxy with a backup server, measured: {Recipe} without an answer, 23 queries failed)";
        foreach (var failover in result.Phases)
            yield return $"failover      {failover.From} {failover.Cause} → {failover.To}: {Phases(failover.Timing)}";
        yield return $"took          {HumanDuration.Of(result.Seconds)} in all";
        foreach (var failure in count.Failures)
            yield return $"failure       {failure}";
    }

    public static IEnumerable<string> HowToConnect(DemoOptions options, DemoCast cast)
    {
        var cli = options.Engine == "trino" ? "trino" : "presto-cli";
        yield return $"Segue goes on. Connect:  {cli} --server {cast.Segue.OriginalString} --catalog tpch --schema tiny";
        yield return $"                         curl -s {cast.Segue.OriginalString}/v1/statement -H 'X-{(options.Engine == "trino" ? "Trino" : "Presto")}-User: me' -d 'SELECT 1'";
        yield return $"Watch it:                segue status --watch --admin {cast.Admin.OriginalString}";
        yield return "Ctrl-C ends all of it.";
    }
}
