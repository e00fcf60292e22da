using System.Text;

namespace Segue.Server.Commands;

/// <summary>What a program writes, as lines; the first ones, and of each its beginning. The rest is read and dropped, so that the program goes on.</summary>
internal sealed class CommandOutput(Action<string> said)
{
    internal const int MostLines = 100;
    internal const int MostCharacters = 1000;

    private int _lines;

    /// <summary>Until the output ends or <paramref name="stop"/>; throws neither for the one nor for the other.</summary>
    public async Task ReadAsync(StreamReader output, CancellationToken stop)
    {
        var buffer = new char[4096];
        var line = new StringBuilder(MostCharacters);
        try
        {
            for (int read; (read = await output.ReadAsync(buffer, stop)) > 0;)
            {
                foreach (var character in buffer.AsSpan(0, read))
                {
                    if (character == '\n')
                        Say(line);
                    else if (line.Length < MostCharacters)
                        line.Append(char.IsControl(character) ? ' ' : character);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // what is left running writes to nobody
        }
        Say(line);
    }

    private void Say(StringBuilder line)
    {
        if (line.Length > 0 && Interlocked.Increment(ref _lines) <= MostLines)
            said(line.ToString());
        line.Clear();
    }
}
