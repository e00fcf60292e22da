using System.Globalization;
using System.Text.Json;

namespace Segue.EndToEnd.Networks;

/// <summary>
/// What the logs of all members say together of the order in which statements went to coordinators (I1, R1.1, R1.3). They are of one machine, whose
/// clock all members have, and a member writes down each POST and each first poll while it holds the right to send it.
/// </summary>
/// <param name="Sends">How many were looked at.</param>
/// <param name="Epochs">Under how many epochs.</param>
/// <param name="Broken">What contradicts the rule; empty where nothing does.</param>
internal sealed record RoutingProof(int Sends, int Epochs, IReadOnlyList<string> Broken)
{
    /// <param name="logs">Each member's, as JSON lines of level debug.</param>
    public static RoutingProof Of(IReadOnlyCollection<string> logs)
    {
        var moments = logs.SelectMany(static (log, member) => Moments(log, member)).OrderBy(static moment => moment.At).ToList();
        var coordinators = new Dictionary<long, string>();
        var open = new Dictionary<int, long>();
        var broken = new List<string>();
        if (logs.Any(static log => log.Contains("\"event\":\"LogLinesDropped\"", StringComparison.Ordinal)))
            broken.Add("lines are missing in a log");
        Moment? latest = null;
        foreach (var moment in moments)
        {
            if (moment.Coordinator is { } coordinator && !coordinators.TryAdd(moment.Epoch, coordinator) && coordinators[moment.Epoch] != coordinator)
                broken.Add($"one epoch, two coordinators: {moment}, and {coordinators[moment.Epoch]} before");
            switch (moment.Kind)
            {
                case "Routes" when open.TryGetValue(moment.Member, out var before):
                    broken.Add($"opened while sends under epoch {before} were under way: {moment}");
                    break;
                case "Routes":
                    open[moment.Member] = moment.Epoch;
                    break;
                case "RoutesNoMore":
                    open.Remove(moment.Member);
                    break;
                case "Sends" when latest is not null && moment.Epoch < latest.Epoch:
                    broken.Add($"sent under an earlier epoch: {moment}, after {latest}");
                    break;
                case "Sends":
                    latest = moment;
                    break;
                case "Started":
                    open.Remove(moment.Member);
                    break;
                default:
                    throw new InvalidOperationException($"no such event: {moment.Kind}");
            }
        }
        return new RoutingProof(moments.Count(static moment => moment.Kind == "Sends"), coordinators.Count, broken);
    }

    private static IEnumerable<Moment> Moments(string log, int member)
    {
        foreach (var line in log.Split('\n'))
        {
            var kind = line.Contains("\"event\":\"Sends\"", StringComparison.Ordinal) ? "Sends"
                : line.Contains("\"event\":\"Routes\"", StringComparison.Ordinal) ? "Routes"
                : line.Contains("\"event\":\"RoutesNoMore\"", StringComparison.Ordinal) ? "RoutesNoMore"
                : line.Contains("\"event\":\"AdminListening\"", StringComparison.Ordinal) ? "Started"
                : null;
            if (kind is null)
                continue;
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            yield return new Moment(
                root.GetProperty("time").GetDateTime(), member, kind,
                root.TryGetProperty("Epoch", out var epoch) ? epoch.GetInt64() : 0,
                root.TryGetProperty("Coordinator", out var coordinator) ? coordinator.GetString() : null);
        }
    }

    private sealed record Moment(DateTime At, int Member, string Kind, long Epoch, string? Coordinator)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At:HH:mm:ss.ffffff} member {Member + 1} {Kind} {Coordinator} epoch {Epoch}");
    }
}
