namespace Segue.Core.Recovery;

/// <summary>What a piece of SQL is to both engines' lexers (their SqlBase.g4); white space and comments are no tokens.</summary>
internal enum SqlTokenKind
{
    /// <summary>A keyword or an identifier without quotes.</summary>
    Word,

    /// <summary>An identifier that begins with a digit.</summary>
    DigitIdentifier,

    /// <summary><c>"a ""quoted"" name"</c>.</summary>
    QuotedIdentifier,

    /// <summary><c>`a name`</c>.</summary>
    BackquotedIdentifier,

    /// <summary><c>'it''s'</c>.</summary>
    String,

    /// <summary><c>U&amp;'\0041'</c>.</summary>
    UnicodeString,

    /// <summary><c>X'41'</c>.</summary>
    Binary,

    Number,

    /// <summary><c>?</c>.</summary>
    Parameter,

    /// <summary>Operators and brackets; the two-character ones are one token.</summary>
    Punctuation,

    /// <summary>One character that the grammar has no use for.</summary>
    Unrecognized,
}

/// <summary>Where a token stands in its statement, in characters.</summary>
internal readonly record struct SqlToken(SqlTokenKind Kind, int Start, int Length)
{
    public int End => Start + Length;

    /// <summary>It can be a part of a qualified name.</summary>
    public bool IsName => Length > 0 && Kind is SqlTokenKind.Word or SqlTokenKind.DigitIdentifier
        or SqlTokenKind.QuotedIdentifier or SqlTokenKind.BackquotedIdentifier;
}
