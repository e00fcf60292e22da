using Segue.Core.Model;

namespace Segue.Core.Recovery;

/// <summary>Where the two grammars' words, numbers and operators begin and end.</summary>
internal readonly struct SqlAlphabet(EngineKind engine)
{
    private const string Decimal = "0123456789";
    private const string TwoCharacters = "<>!=<=>=||->=>";
    private const string TrinoTwoCharacters = TwoCharacters + "{--}";
    private const string OneCharacter = "()[],.;=<>+-*/%";
    private const string TrinoOneCharacter = OneCharacter + "{}|^$:";

    private readonly bool _trino = engine == EngineKind.Trino;

    /// <summary>Presto has <c>@</c> and <c>:</c> inside identifiers; today's Trino does not.</summary>
    public int WordLength(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && IsWordPart(text[length]))
            length++;
        return length;
    }

    /// <summary>The longest number at the start of the text, without a sign; 0 where there is none.</summary>
    public int NumberLength(ReadOnlySpan<char> text)
    {
        var whole = RunLength(text, Decimal, _trino);
        var plain = RunLength(text, Decimal, underscores: false);
        return Math.Max(
            Math.Max(whole, RadixLength(text)),
            Math.Max(PointLength(text, whole), ExponentLength(text, plain)));
    }

    public int PunctuationLength(ReadOnlySpan<char> text)
    {
        if (text.Length > 1)
        {
            var pairs = _trino ? TrinoTwoCharacters : TwoCharacters;
            for (var i = 0; i < pairs.Length; i += 2)
                if (pairs[i] == text[0] && pairs[i + 1] == text[1])
                    return 2;
        }
        return (_trino ? TrinoOneCharacter : OneCharacter).Contains(text[0]) ? 1 : 0;
    }

    private bool IsWordPart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_' || (!_trino && c is '@' or ':');

    /// <summary>Digits, with single underscores between them where the grammar has those.</summary>
    private static int RunLength(ReadOnlySpan<char> text, string digits, bool underscores)
    {
        var length = 0;
        while (length < text.Length)
        {
            if (digits.Contains(text[length]))
                length++;
            else if (underscores && length > 0 && text[length] == '_'
                && length + 1 < text.Length && digits.Contains(text[length + 1]))
                length += 2;
            else
                break;
        }
        return length;
    }

    /// <summary><c>0xFF</c>, <c>0o17</c>, <c>0b01</c>: Trino alone, also with an underscore behind the prefix.</summary>
    private int RadixLength(ReadOnlySpan<char> text)
    {
        if (!_trino || text.Length < 3 || text[0] != '0')
            return 0;
        var digits = text[1] switch
        {
            'x' or 'X' => "0123456789abcdefABCDEF",
            'o' or 'O' => "01234567",
            'b' or 'B' => "01",
            _ => "",
        };
        var prefix = text[2] == '_' ? 3 : 2;
        var run = RunLength(text[prefix..], digits, underscores: true);
        return run == 0 ? 0 : prefix + run;
    }

    /// <summary><c>1.</c>, <c>1.5</c>, <c>.5</c>.</summary>
    private int PointLength(ReadOnlySpan<char> text, int whole)
    {
        if (whole == text.Length || text[whole] != '.')
            return 0;
        var fraction = RunLength(text[(whole + 1)..], Decimal, _trino);
        return whole + fraction == 0 ? 0 : whole + 1 + fraction;
    }

    /// <summary><c>1e5</c>, <c>1.e+5</c>, <c>.5E-3</c>: no underscores here.</summary>
    private static int ExponentLength(ReadOnlySpan<char> text, int whole)
    {
        var length = whole;
        if (length < text.Length && text[length] == '.')
        {
            var fraction = RunLength(text[(length + 1)..], Decimal, underscores: false);
            if (whole + fraction == 0)
                return 0;
            length += 1 + fraction;
        }
        if (length == 0 || length == text.Length || text[length] is not ('e' or 'E'))
            return 0;
        length++;
        if (length < text.Length && text[length] is '+' or '-')
            length++;
        var exponent = length < text.Length ? RunLength(text[length..], Decimal, underscores: false) : 0;
        return exponent == 0 ? 0 : length + exponent;
    }
}
