using System.Runtime.CompilerServices;
using Segue.Core.Protocol;
using Segue.Core.Recovery;
using Segue.Core.Recovery.Resuming;
using Segue.Server.Gateway.Pages;
using Segue.Server.Gateway.Queries;

namespace Segue.Server.Gateway.Resuming;

/// <summary>
/// A new run behind delivered rows: compares its pages with what the client has, keeps aside what must wait, and hands it out once it is known
/// that the run completes what was delivered (R7). It lives from the loss of the old run to the last row that was kept aside.
/// </summary>
internal sealed class QueryResume(GatewayServices gateway, QueryHandle handle) : IDisposable
{
    private const int BlockRows = 16 << 10;

    /// <summary>A larger table of delivered rows is a file's.</summary>
    private const long TableInMemory = 32 << 20;

    private readonly RowTally _delivered = handle.Delivered;
    private readonly StatementClass _statement = handle.Submission!.Class;
    private readonly AsideRows _aside = new(gateway.Book.Memory, gateway.Spool, gateway.Config.Recovery, handle.Delivered);
    private RowMultiset? _rows;
    private long _slotBytes;
    private MappedSlots? _mapped;
    private string? _noList;
    private ResumeCheck? _check;
    private PageColumns? _columns;
    private int[]? _keys;

    /// <summary>The run completes what was delivered: what was kept aside goes out.</summary>
    public bool IsDelivering => _check is { Phase: ResumePhase.Resumed } && Failure is null;

    /// <summary>Rows are left that were kept aside.</summary>
    public bool Waits => !_aside.IsEmpty;

    public long Aside => _check?.Aside ?? 0;

    /// <summary>Rows of the new run were seen: another run begins from the beginning.</summary>
    public bool HasBegun { get; private set; }

    public PageColumns? Columns => _columns;

    /// <summary>Why this run does not complete what was delivered, for people.</summary>
    public string? Failure { get; private set; }

    /// <summary>Makes the list of delivered rows ready to be compared with.</summary>
    /// <returns>False where the time was up before; ask again.</returns>
    public async ValueTask<bool> PrepareAsync(Func<bool> timeIsUp)
    {
        if (_check is not null)
            return true;
        try
        {
            if (_rows is null && _noList is null)
                await BeginAsync();
            while (_rows is { } rows && rows.Count < _delivered.Rows)
            {
                rows.Add((await handle.Hashes!.ReadAsync(rows.Count, (int)Math.Min(BlockRows, _delivered.Rows - rows.Count))).Span);
                if (timeIsUp())
                    return false;
            }
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            (_rows, _noList) = (null, unusable.Message);
        }
        _check = new ResumeCheck(_delivered, _rows, _statement.Ordered);
        return true;
    }

    /// <summary>Compares the rows that are ready, and forgets or keeps them.</summary>
    public async ValueTask TakeAsync(UpstreamPage page)
    {
        try
        {
            await CompareAsync(page, _check!);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            Failure = $"its rows had to wait on disk and could not: {unusable.Message}";
        }
        page.Absorb();
    }

    /// <summary>The run has ended.</summary>
    public void End()
    {
        _check!.End();
        Failure ??= Say(_check.Failure);
    }

    public AsidePage Next() => _aside.Next();

    public void Dispose()
    {
        _aside.Dispose();
        gateway.Book.Memory.GiveBack(_slotBytes);
        (_rows, _slotBytes) = (null, 0);
        (_mapped as IDisposable)?.Dispose();
    }

    private async ValueTask BeginAsync()
    {
        // R3.5: the token's count and hash are the truth, and a list that does not agree with them is none
        if (handle.Hashes is not { Lost: null } list)
            _noList = handle.Hashes?.Lost ?? "there was none from the first row on";
        else
        {
            await list.CutToAsync(_delivered.Rows);
            if (list.Tally != _delivered)
                _noList = "it did not agree with what was delivered";
        }
        if (_noList is not null)
            return;
        var slots = (int)RowMultiset.SlotsFor(_delivered.Rows);
        var bytes = (long)slots * Unsafe.SizeOf<RowSlot>();
        if (bytes <= TableInMemory && gateway.Book.Memory.TryTake(bytes))
            (_slotBytes, _rows) = (bytes, new RowMultiset(new RowSlot[slots]));
        else
            _rows = new RowMultiset((_mapped = new MappedSlots(gateway.Spool, slots, gateway.Config.Recovery)).Memory);
    }

    private async ValueTask CompareAsync(UpstreamPage page, ResumeCheck check)
    {
        if (page.Scanner.HasData && _columns is null && PageColumns.Of(page.Scanner) is { } columns)
            (_columns, _keys) = (columns, _statement.Ordered ? SortKeys.Positions(_statement.SortKeys, columns.Names) : null);
        if (page.InsideRow || page.Scanner.Encoded)
            Failure = page.Scanner.Encoded ? "its rows come encoded, which the first ones did not." : LongRow;
        var start = 0;
        for (var i = 0; i < page.RowHashes.Length && Failure is null; i++)
        {
            HasBegun = true;
            var hash = page.RowHashes.Span[i];
            var end = page.RowEnd(i);
            var row = page.Ready[start..end].TrimStart(", \n\r\t"u8);
            var whole = i > 0 || !page.BeginsInFile;
            var key = whole && _keys is { } keys && check.Phase == ResumePhase.Comparing ? RowKey.Of(row.Span, keys, handle.RowKey) : null;
            if (check.Next(hash, key))
                await KeepAsync(row, hash, whole, check);
            Failure ??= Say(check.Failure);
            start = end;
        }
    }

    private async ValueTask KeepAsync(ReadOnlyMemory<byte> row, UInt128 hash, bool whole, ResumeCheck check)
    {
        var limit = gateway.Config.Recovery.ResumeBytes;
        if (!whole)
            Failure = LongRow;
        else if (check.Phase == ResumePhase.Comparing && _aside.Bytes + row.Length > limit)
            Failure = $"more of its rows than recovery.resume.bytes allows ({limit}) came before all of the delivered ones had come by.";
        else
            await _aside.AppendAsync(row, hash);
    }

    private static string LongRow => $"a row of more than {UpstreamPage.MaxWaitingRow >> 20} MiB would have had to wait.";

    private string? Say(ResumeFailure failure) => failure switch
    {
        ResumeFailure.None => null,
        ResumeFailure.RowsMissing => "some of the delivered rows are not among its own. Either the data changed meanwhile, or the statement gives other "
            + "rows at each run, as LIMIT without a total order and sums of floating-point numbers do.",
        ResumeFailure.OtherOrder => "it has rows in front of the last delivered one that the client does not have and that differ from it in the ORDER BY "
            + "columns, so that they cannot be added behind it.",
        ResumeFailure.UnknownOrder => "it gives its rows in another order, and rows can be added only where the statement is sorted by output columns "
            + "or their places, as in ORDER BY 1. Sorted so, or by columns in which no two rows are equal, it would have gone on.",
        ResumeFailure.OtherBeginning => $"it does not begin with the delivered rows, and there is no list of them to look for each: {_noList}.",
        _ => throw new InvalidOperationException($"no such failure: {failure}"),
    };
}
