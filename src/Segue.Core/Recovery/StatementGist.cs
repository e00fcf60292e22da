using System.Text;
using Segue.Core.Model;

namespace Segue.Core.Recovery;

/// <summary>
/// A statement as an operator may see it: its first words on one line, without comments and without what stands in its literals, because
/// passwords and personal data stand there. Names and numbers stay.
/// </summary>
public static class StatementGist
{
    /// <summary>At most so many characters; the last one is an ellipsis where more follows.</summary>
    public const int Length = 100;

    /// <returns>Never throws, whatever the text.</returns>
    public static string Of(string sql, EngineKind engine)
    {
        var gist = new StringBuilder(Length);
        var lexer = new SqlLexer(sql, engine);
        for (var end = 0; gist.Length <= Length && lexer.Read(); end = lexer.Current.End)
        {
            if (gist.Length > 0 && lexer.Current.Start > end)
                gist.Append(' ');
            // a quote that never ends: what follows was meant to be inside
            if (lexer.Current.Kind == SqlTokenKind.Unrecognized && lexer.Text[0] is '\'' or '"' or '`')
            {
                gist.Append('…');
                break;
            }
            gist.Append(lexer.Current.Kind is SqlTokenKind.String or SqlTokenKind.UnicodeString or SqlTokenKind.Binary
                ? "'…'"
                : lexer.Text[..Math.Min(lexer.Text.Length, Length + 1)]);
        }
        if (gist.Length > Length)
        {
            gist.Length = Length - 1;
            gist.Append('…');
        }
        // a quoted name may hold a line break, or what a terminal takes for a command
        for (var i = 0; i < gist.Length; i++)
        {
            if (char.IsControl(gist[i]))
                gist[i] = ' ';
        }
        return gist.ToString();
    }
}
