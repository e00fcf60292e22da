using Segue.Core.Model;

namespace Segue.Core.Recovery;

/// <summary>
/// The tokens of a statement as the engine's own lexer sees them: the longest match wins, a literal that never ends is no
/// literal, and nothing throws. It allocates nothing, runs in linear time, and a copy of it looks ahead.
/// </summary>
internal ref struct SqlLexer
{
    private readonly ReadOnlySpan<char> _sql;
    private readonly SqlAlphabet _alphabet;

    // known from the start, so that a row of comments that never end is not searched again and again
    private readonly int _lastCommentEnd;
    private int _position;

    public SqlLexer(ReadOnlySpan<char> sql, EngineKind engine)
    {
        _sql = sql;
        _alphabet = new SqlAlphabet(engine);
        _lastCommentEnd = sql.LastIndexOf("*/");
    }

    /// <summary>The token that the last <see cref="Read"/> found.</summary>
    public SqlToken Current { get; private set; }

    public readonly ReadOnlySpan<char> Text => _sql.Slice(Current.Start, Current.Length);

    /// <summary>The part of the statement behind the current token.</summary>
    public readonly ReadOnlySpan<char> Rest => _sql[_position..];

    public readonly ReadOnlySpan<char> Sql => _sql;

    /// <returns>False at the statement's end.</returns>
    public bool Read()
    {
        SkipHidden();
        if (_position == _sql.Length)
        {
            Current = new SqlToken(SqlTokenKind.Punctuation, _position, 0);
            return false;
        }
        var (kind, length) = Match(_sql[_position..]);
        Current = new SqlToken(kind, _position, length);
        _position += length;
        return true;
    }

    /// <summary>The current token is this keyword, in any case.</summary>
    public readonly bool IsWord(string keyword) =>
        Current.Kind == SqlTokenKind.Word && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    public readonly bool Is(char punctuation) =>
        Current is { Kind: SqlTokenKind.Punctuation, Length: 1 } && Text[0] == punctuation;

    private void SkipHidden()
    {
        while (_position < _sql.Length)
        {
            var rest = _sql[_position..];
            if (rest[0] is ' ' or '\t' or '\r' or '\n')
                _position++;
            else if (rest.StartsWith("--"))
                _position += rest.IndexOfAny('\r', '\n') is var end and >= 0 ? end : rest.Length;
            else if (rest.StartsWith("/*") && _position + 2 <= _lastCommentEnd)
                _position += 2 + rest[2..].IndexOf("*/") + 2;
            else
                return;
        }
    }

    private readonly (SqlTokenKind Kind, int Length) Match(ReadOnlySpan<char> rest)
    {
        switch (rest[0])
        {
            case '\'' when QuotedLength(rest, '\'') is var length and > 0:
                return (SqlTokenKind.String, length);
            case '"' when QuotedLength(rest, '"') is var length and > 0:
                return (SqlTokenKind.QuotedIdentifier, length);
            case '`' when QuotedLength(rest, '`') is var length and > 0:
                return (SqlTokenKind.BackquotedIdentifier, length);
            case 'U' or 'u' when rest[1..].StartsWith("&'") && QuotedLength(rest[2..], '\'') is var length and > 0:
                return (SqlTokenKind.UnicodeString, length + 2);
            case 'X' or 'x' when rest[1..].StartsWith("'") && rest[2..].IndexOf('\'') is var end and >= 0:
                return (SqlTokenKind.Binary, end + 3);
            case '?':
                return (SqlTokenKind.Parameter, 1);
        }
        if (char.IsAsciiLetter(rest[0]) || rest[0] == '_')
            return (SqlTokenKind.Word, _alphabet.WordLength(rest));
        var number = _alphabet.NumberLength(rest);
        if (char.IsAsciiDigit(rest[0]) && _alphabet.WordLength(rest) is var word && word > number)
            return (SqlTokenKind.DigitIdentifier, word);
        if (number > 0)
            return (SqlTokenKind.Number, number);
        return _alphabet.PunctuationLength(rest) is var punctuation and > 0
            ? (SqlTokenKind.Punctuation, punctuation)
            : (SqlTokenKind.Unrecognized, 1);
    }

    /// <summary>The length of a literal in which a doubled quote stands for one; 0 where it never ends.</summary>
    private static int QuotedLength(ReadOnlySpan<char> text, char quote)
    {
        var ended = 0;
        var at = 1;
        while (text[at..].IndexOf(quote) is var next and >= 0)
        {
            ended = at + next + 1;
            if (ended == text.Length || text[ended] != quote)
                break;
            at = ended + 1;
        }
        return ended;
    }
}
