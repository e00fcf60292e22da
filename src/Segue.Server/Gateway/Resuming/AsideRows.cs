using Segue.Core.Configuration;
using Segue.Core.Recovery.Resuming;
using Segue.Server.Gateway.Pages;

namespace Segue.Server.Gateway.Resuming;

/// <summary>One answer's worth of rows that were kept aside, with commas in between.</summary>
/// <param name="From">Its first byte in <paramref name="Rows"/>.</param>
/// <param name="To">Behind its last one.</param>
/// <param name="Before">What the client has before it.</param>
/// <param name="After">What the client has with it.</param>
internal sealed record AsidePage(AsideRows Rows, long From, long To, RowTally Before, RowTally After);

/// <summary>Rows of a new run that wait until it is known to complete what was delivered: in memory to a bound, then in a file (R7).</summary>
/// <param name="delivered">What the client has before them.</param>
internal sealed class AsideRows(MemoryBudget memory, RowSpool spool, RecoveryConfig limits, RowTally delivered) : IDisposable
{
    private const int InMemory = 1 << 20;
    private const int PageBytes = 1 << 20;

    private static readonly ReadOnlyMemory<byte> Comma = ","u8.ToArray();

    private readonly SpillBuffer _bytes = new(memory, spool, InMemory, new ResumeRoom(spool, limits));
    private readonly RowHashes _hashes = new(memory, spool, limits);
    private readonly Queue<AsidePage> _pages = new();
    private readonly UInt128[] _hash = new UInt128[1];
    private long _pageBegan;
    private RowTally _before;
    private RowTally _after;

    public long Bytes => _bytes.Length;

    public bool IsEmpty => _pages.Count == 0 && _bytes.Length == _pageBegan;

    public async ValueTask AppendAsync(ReadOnlyMemory<byte> row, UInt128 hash)
    {
        if (_bytes.Length > _pageBegan)
            await _bytes.AppendAsync(Comma);
        await _bytes.AppendAsync(row);
        _hash[0] = hash;
        await _hashes.PutAsync(_hashes.Count, _hash);
        _after = _after.With(hash);
        if (_bytes.Length - _pageBegan >= PageBytes)
            ClosePage();
    }

    /// <summary>The next ones that the client gets; some are left.</summary>
    public AsidePage Next()
    {
        if (_pages.Count == 0)
            ClosePage();
        return _pages.Dequeue();
    }

    public ValueTask<int> ReadAsync(long from, Memory<byte> into) => _bytes.ReadAsync(from, into);

    /// <summary>Hashes of a page's rows; none where they were too many to keep.</summary>
    public async ValueTask<ReadOnlyMemory<UInt128>> HashesAsync(AsidePage page) => _hashes.Lost is null
        ? await _hashes.ReadAsync(page.Before.Rows - delivered.Rows, (int)(page.After.Rows - page.Before.Rows))
        : default;

    public void Dispose()
    {
        _bytes.Dispose();
        _hashes.Dispose();
        _pages.Clear();
    }

    private void ClosePage()
    {
        _pages.Enqueue(new AsidePage(this, _pageBegan, _bytes.Length, delivered + _before, delivered + _after));
        _pageBegan = _bytes.Length;
        _before = _after;
    }
}
