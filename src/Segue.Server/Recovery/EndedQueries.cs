using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Segue.Server.Store;

namespace Segue.Server.Recovery;

/// <summary>
/// Queries whose end is about to be answered, in a file of this member's own: what the store does not know yet, or never knew of, outlives a kill there (R3.3).
/// A line is with the kernel before the answer is; neither the disk nor the store is waited for (I8).
/// </summary>
internal sealed class EndedQueries : IDisposable
{
    /// <summary>A placeholder that was cancelled before its first poll begins with one for about as long.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    /// <summary>So many lines later the old ones are dropped.</summary>
    private const int DropEvery = 50_000;

    private const char Cancel = 'c';
    private const char End = 'e';

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Dictionary<string, char> _before;
    private FileStream? _file;
    private int _lines;
    private bool _fails;

    private EndedQueries(string path, TimeProvider time, ILogger log)
    {
        (_path, _time, _log) = (path, time, log);
        var lines = Young();
        _before = new Dictionary<string, char>(lines.Count, StringComparer.Ordinal);
        foreach (var line in lines)
            _before[line.Query] = line.How == Cancel || _before.GetValueOrDefault(line.Query) == Cancel ? Cancel : End;
        Rewrite(lines);
    }

    /// <exception cref="StoreStartException">The file cannot be used.</exception>
    public static EndedQueries Open(string path, TimeProvider time, ILogger log)
    {
        try
        {
            return new EndedQueries(path, time, log);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreStartException($"{path} cannot be used: {exception.Message} Let Segue's user read and write it, or remove it.", exception);
        }
    }

    /// <summary>It has ended, and its end was not answered before this returned.</summary>
    public void Add(string query, bool canceled)
    {
        lock (_lock)
        {
            try
            {
                _file?.Write(Encoding.UTF8.GetBytes(new Line(_time.GetUtcNow().ToUnixTimeSeconds(), canceled ? Cancel : End, query).ToString()));
                if (++_lines >= DropEvery)
                    Rewrite(Young());
                _fails = false;
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                if (!_fails)
                    RecoveryLog.EndsNotKept(_log, _path, failed.Message);
                _fails = true;
            }
        }
    }

    /// <summary>It ended while an earlier process ran.</summary>
    public bool Has(string query) => _before.ContainsKey(query);

    /// <summary>The same, by a cancel: nothing of it may begin, though no coordinator knows that.</summary>
    public bool HasCanceled(string query) => _before.GetValueOrDefault(query) == Cancel;

    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private List<Line> Young()
    {
        var from = (_time.GetUtcNow() - Kept).ToUnixTimeSeconds();
        return File.Exists(_path) ? [.. File.ReadLines(_path).Select(Line.Read).OfType<Line>().Where(line => line.At >= from)] : [];
    }

    private void Rewrite(List<Line> lines)
    {
        _lines = 0;
        PrivateFile.Write(_path, string.Concat(lines));
        var file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _file?.Dispose();
        _file = file;
    }

    private sealed record Line(long At, char How, string Query)
    {
        /// <summary>Null for one that a crash of the machine cut short.</summary>
        public static Line? Read(string text) =>
            text.Split(' ') is [var at, [Cancel or End] how, { Length: > 0 } query] && long.TryParse(at, CultureInfo.InvariantCulture, out var seconds) ? new Line(seconds, how[0], query) : null;

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At} {How} {Query}\n");
    }
}
