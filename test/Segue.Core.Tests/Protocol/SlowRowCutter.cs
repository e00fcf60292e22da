namespace Segue.Core.Tests.Protocol;

/// <summary>Splits rows byte by byte, the whole text at once.</summary>
internal sealed class SlowRowCutter
{
    public List<string> Rows { get; } = [];

    /// <summary>Behind the last row.</summary>
    public int Border { get; private set; }

    /// <summary>Where it stopped.</summary>
    public int Taken { get; private set; }

    public string Outcome { get; private set; } = "More";

    public static SlowRowCutter Of(string text)
    {
        var cutter = new SlowRowCutter();
        var (depth, start, inString, escaped) = (0, 0, false, false);
        var last = '[';
        for (; cutter.Taken < text.Length; cutter.Taken++)
        {
            var next = text[cutter.Taken];
            if (depth == 0)
            {
                if (next is ' ' or '\n')
                    continue;
                if (next == '[' && last != ']')
                    (depth, start) = (1, cutter.Taken);
                else if (next != ',' || last != ']')
                {
                    cutter.Outcome = next == ']' && last != ',' ? "Ended" : "Malformed";
                    return cutter;
                }
                last = next;
            }
            else if (escaped)
            {
                escaped = false;
                depth += inString ? 0 : Nesting(next);
            }
            else if (next == '\\')
                escaped = true;
            else if (next == '"')
                inString = !inString;
            else if (!inString)
                depth += Nesting(next);
            if (depth == 0 && last == '[')
            {
                cutter.Rows.Add(text[start..(cutter.Taken + 1)]);
                cutter.Border = cutter.Taken + 1;
                (last, escaped) = (']', false);
            }
        }
        return cutter;
    }

    private static int Nesting(char next) => next switch { '[' or '{' => 1, ']' or '}' => -1, _ => 0 };
}
