using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Segue.EndToEnd.Reads;

/// <summary>A bare LIMIT: so many rows, each of those that it may choose from and none twice.</summary>
/// <param name="count">Of the LIMIT; it learns from all rows that there are, which must differ.</param>
internal sealed class MemberLesson(int count) : ILesson, IExpectation
{
    private readonly HashSet<UInt128> _members = [];

    public void Add(JsonElement row) => _members.Add(RowDigest.HashOf(JsonMarshal.GetRawUtf8Value(row)));

    public IExpectation Learned() => this;

    public IRowJudge Begin() => new Judge(_members, count);

    private sealed class Judge(HashSet<UInt128> members, int count) : IRowJudge
    {
        private readonly HashSet<UInt128> _seen = [];
        private long _strangers;
        private long _twice;

        public void Add(JsonElement row)
        {
            var hash = RowDigest.HashOf(JsonMarshal.GetRawUtf8Value(row));
            _strangers += members.Contains(hash) ? 0 : 1;
            _twice += _seen.Add(hash) ? 0 : 1;
        }

        public string? Verdict() => (_seen.Count + _twice, _strangers, _twice) is var (rows, strangers, twice) && (rows, strangers, twice) == (count, 0, 0)
            ? null
            : $"{rows} rows in place of {count}, {strangers} of which are none of the table's and {twice} came twice";
    }
}

/// <summary>Sums of floating-point numbers: the first column tells the row, and the others are right to within a millionth of a millionth.</summary>
internal sealed class FloatingLesson : ILesson, IExpectation
{
    private const double Tolerance = 1e-12;

    private readonly Dictionary<string, double[]> _rows = [];

    public void Add(JsonElement row) => _rows.Add(row[0].GetRawText(), Numbers(row));

    public IExpectation Learned() => this;

    public IRowJudge Begin() => new Judge(_rows);

    private static double[] Numbers(JsonElement row) => [.. row.EnumerateArray().Skip(1).Select(static value => double.Parse(value.GetRawText(), CultureInfo.InvariantCulture))];

    private sealed class Judge(Dictionary<string, double[]> quiet) : IRowJudge
    {
        private readonly HashSet<string> _seen = [];
        private long _wrong;

        public void Add(JsonElement row)
        {
            var key = row[0].GetRawText();
            if (!_seen.Add(key) || !quiet.TryGetValue(key, out var right)
                || !right.Zip(Numbers(row)).All(static pair => Math.Abs(pair.First - pair.Second) <= Tolerance * Math.Abs(pair.First)))
                _wrong++;
        }

        public string? Verdict() => (_seen.Count, _wrong) == (quiet.Count, 0) ? null : $"{_seen.Count} different rows in place of {quiet.Count}, {_wrong} rows are wrong";
    }
}
