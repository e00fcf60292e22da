using System.Collections.Concurrent;
using System.Globalization;
using Segue.EndToEnd.Load;
using Segue.EndToEnd.Members;

namespace Segue.EndToEnd.Networks;

/// <summary>Writes one number after the other into a table that all rehearsed coordinators share, through a load balancer over all members (I5, I7).</summary>
internal sealed class BalancedWriter(AnyMember front, TimeSpan pause) : IReadClient
{
    private const string Table = "memory.default.ledger";
    private const string Success = "success";
    private const string NoAnswer = "no answer";

    private readonly ConcurrentDictionary<long, string> _told = new();
    private int _at;

    /// <summary>How many writes ended in each way, as their client was told.</summary>
    public IReadOnlyDictionary<string, int> Told => _told.Values.GroupBy(static told => told).ToDictionary(static group => group.Key, static group => group.Count());

    public async Task PrepareAsync()
    {
        if (await TellAsync($"CREATE TABLE {Table} (k bigint)") is var told && told != Success)
            throw new InvalidOperationException($"{Table}: {told}");
    }

    public Task RunAsync(Action<TimeSpan, TimeSpan, string?> seen, Func<TimeSpan> now, CancellationToken stop) => Turns.RunAsync(async number =>
    {
        _told[number] = await TellAsync(string.Create(CultureInfo.InvariantCulture, $"INSERT INTO {Table} VALUES ({number})"));
        return null;
    }, pause, seen, now, stop);

    /// <summary>What the table has that contradicts what the client was told.</summary>
    public async Task<IReadOnlyList<string>> JudgeAsync()
    {
        var ended = _told.ToDictionary();
        var run = await front.RunAsync($"SELECT k FROM {Table}", _ => front.Next(ref _at));
        var counts = run.SelectMany(static reply => reply.Rows).GroupBy(static row => long.Parse(row.Trim('[', ']'), CultureInfo.InvariantCulture)).ToDictionary(static group => group.Key, static group => group.Count());
        return [.. ended.Select(write => (Number: write.Key, Told: write.Value, Effects: counts.GetValueOrDefault(write.Key)))
            .Where(static write => write.Effects > 1 || (write.Told == Success && write.Effects == 0) || (write.Told is not (Success or NoAnswer or "SEGUE_OUTCOME_UNKNOWN") && write.Effects > 0))
            .Select(static write => $"write {write.Number} took effect {write.Effects} times, and its client was told: {write.Told}")];
    }

    private async Task<string> TellAsync(string sql)
    {
        try
        {
            var last = (await front.RunAsync(sql, _ => front.Next(ref _at)))[^1];
            return last.HasError ? last.Error.GetProperty("errorName").GetString()! : Success;
        }
        catch (Exception broken) when (broken is HttpRequestException or OperationCanceledException or ShouldAssertException)
        {
            return NoAnswer;
        }
    }
}
