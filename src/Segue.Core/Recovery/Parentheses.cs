namespace Segue.Core.Recovery;

/// <summary>
/// Which open parentheses belong to a query and which to a call or a window, one bit each. Past 64 levels the outer ones
/// are forgotten and count as queries, which errs towards "ordered".
/// </summary>
internal struct Parentheses
{
    private ulong _calls;
    private bool _justOpened;

    /// <summary>The innermost open parenthesis, if any, is a query's.</summary>
    public readonly bool InQuery => (_calls & 1) == 0;

    /// <param name="afterWord">A word stands in front of it: a function, OVER, WITHIN GROUP.</param>
    public void Open(bool afterWord)
    {
        Inside(beginsQuery: true);
        _calls = _calls << 1 | (afterWord ? 1u : 0u);
        _justOpened = true;
    }

    public void Close()
    {
        _calls >>= 1;
        _justOpened = false;
    }

    /// <summary>Any other token; the first one tells what the parenthesis holds.</summary>
    public void Inside(bool beginsQuery)
    {
        if (_justOpened && beginsQuery)
            _calls &= ~1ul;
        _justOpened = false;
    }
}
