namespace Segue.EndToEnd.Load;

/// <summary>One statement as a client saw it; times are elapsed since the load began.</summary>
/// <param name="Problem">Null where the rows were right.</param>
internal sealed record Seen(string Client, TimeSpan Began, TimeSpan Ended, string? Problem)
{
    public TimeSpan Took => Ended - Began;

    public bool Overlaps(TimeSpan from, TimeSpan to) => Began <= to && Ended >= from;
}
