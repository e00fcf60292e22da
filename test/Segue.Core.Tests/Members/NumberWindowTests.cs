using FsCheck;
using FsCheck.Fluent;
using Segue.Core.Members;

namespace Segue.Core.Tests.Members;

/// <summary>What is told once is done once.</summary>
public sealed class NumberWindowTests
{
    private readonly NumberWindow _window = new();

    [Fact]
    public void Each_number_counts_once_in_any_order()
    {
        long[] order = [3, 1, 2, 5000, 4999, 1000, 9000];
        foreach (var number in order)
            _window.TryHear(number).ShouldBeTrue($"{number} is new");
        foreach (var number in order)
            _window.TryHear(number).ShouldBeFalse($"{number} was heard, or is too old to tell");
    }

    [Fact]
    public void What_is_too_old_to_tell_counts_as_heard()
    {
        _window.TryHear(NumberWindow.Width + 10).ShouldBeTrue();
        _window.TryHear(10).ShouldBeFalse();
        _window.TryHear(11).ShouldBeTrue();
        _window.TryHear(0).ShouldBeFalse();
        _window.TryHear(-1).ShouldBeFalse();
    }

    [Fact]
    public void It_is_like_a_set_for_all_that_is_not_too_old() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(3000), Prop.ForAll(ArbMap.Default.ArbFor<PositiveInt[]>(), numbers =>
        {
            var (window, heard, highest) = (new NumberWindow(), new HashSet<long>(), 0L);
            foreach (var number in numbers.Select(static one => (one.Get * 97L % 10_000) + 1))
            {
                window.TryHear(number).ShouldBe(number > highest - NumberWindow.Width && heard.Add(number));
                highest = Math.Max(highest, number);
            }
        }));
}
