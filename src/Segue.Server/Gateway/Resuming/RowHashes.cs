using System.Runtime.InteropServices;
using Segue.Core.Configuration;
using Segue.Core.Recovery.Resuming;
using Segue.Server.Gateway.Pages;

namespace Segue.Server.Gateway.Resuming;

/// <summary>The hashes of rows in their order: in memory to a bound, then in a file to a bound (R7). Past it, and where there is no room, it is lost.</summary>
internal sealed class RowHashes(MemoryBudget memory, RowSpool spool, RecoveryConfig limits) : IDisposable
{
    public const int Width = 16;

    private const int InMemory = 256 << 10;
    private const int BlockRows = 4096;

    private readonly SpillBuffer _hashes = new(memory, spool, InMemory, new ResumeRoom(spool, limits));

    public long Count => _hashes.Length / Width;

    /// <summary>Of all of them.</summary>
    public RowTally Tally { get; private set; }

    /// <summary>Why there is no list any more; null while there is one.</summary>
    public string? Lost { get; private set; }

    /// <summary>Replaces what stands from a place on.</summary>
    /// <param name="at">No further than <see cref="Count"/>, else rows are missing and the list is lost.</param>
    public async ValueTask PutAsync(long at, ReadOnlyMemory<UInt128> rows)
    {
        if (Lost is not null)
            return;
        try
        {
            await CutToAsync(at);
            if (at > Count || at + rows.Length > limits.ResumeRows)
            {
                Lose(at > Count ? "it did not begin with the first row" : $"it would be longer than recovery.resume.rows allows ({limits.ResumeRows})");
                return;
            }
            Tally += new RowTally(rows.Length, RowTally.SumOf(rows.Span));
            while (true)
            {
                // the buffer's size is a multiple of a hash's, so none is torn
                rows = rows[(_hashes.Take(MemoryMarshal.AsBytes(rows.Span)) / Width)..];
                if (rows.IsEmpty)
                    return;
                await _hashes.SpillAsync();
            }
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            Lose(unusable.Message);
        }
    }

    public async ValueTask CutToAsync(long rows)
    {
        while (Count > rows)
        {
            var from = Math.Max(rows, Count - BlockRows);
            var dropped = await ReadAsync(from, (int)(Count - from));
            Tally = new RowTally(from, unchecked(Tally.Sum - RowTally.SumOf(dropped.Span)));
            _hashes.CutTo(from * Width);
        }
    }

    /// <returns>As many as there are.</returns>
    public async ValueTask<ReadOnlyMemory<UInt128>> ReadAsync(long from, int count)
    {
        var bytes = new byte[count * Width];
        var read = await _hashes.ReadAsync(from * Width, bytes);
        return MemoryMarshal.Cast<byte, UInt128>(bytes.AsSpan(0, read)).ToArray();
    }

    public void Dispose() => Lose("the query has ended");

    private void Lose(string why)
    {
        Lost ??= why;
        _hashes.Dispose();
    }
}
