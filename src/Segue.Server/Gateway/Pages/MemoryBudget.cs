namespace Segue.Server.Gateway.Pages;

/// <summary>What statements, their headers and pages that wait may take in memory, all queries together (R6.5, I10).</summary>
internal sealed class MemoryBudget(long limit)
{
    private long _used;

    public long Used => Interlocked.Read(ref _used);

    /// <summary>False where there is no room; nothing is taken then.</summary>
    public bool TryTake(long bytes)
    {
        while (true)
        {
            var used = Used;
            if (used + bytes > limit)
                return false;
            if (Interlocked.CompareExchange(ref _used, used + bytes, used) == used)
                return true;
        }
    }

    public void GiveBack(long bytes) => Interlocked.Add(ref _used, -bytes);
}
