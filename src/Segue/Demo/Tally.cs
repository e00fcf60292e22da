namespace Segue.Demo;

/// <summary>What the clients have seen so far; written by all of them.</summary>
internal sealed class Tally
{
    private const int KeptFailures = 5;

    private readonly Lock _lock = new();
    private readonly List<string> _failures = [];
    private long _queries;
    private long _failed;
    private long _wrong;
    private TimeSpan _longest;

    public TallyCount Count
    {
        get
        {
            lock (_lock)
                return new(_queries, _failed, _wrong, _longest, [.. _failures]);
        }
    }

    public void Add(TimeSpan took, DemoFailure? failure)
    {
        lock (_lock)
        {
            _queries++;
            if (took > _longest)
                _longest = took;
            if (failure is null)
                return;
            _failed++;
            if (failure.WrongRows)
                _wrong++;
            if (_failures.Count < KeptFailures)
                _failures.Add(failure.What);
        }
    }
}

/// <param name="Failed">With wrong rows or with an error.</param>
/// <param name="Longest">From a statement's POST to its last page.</param>
internal sealed record TallyCount(long Queries, long Failed, long WrongRows, TimeSpan Longest, string[] Failures);
