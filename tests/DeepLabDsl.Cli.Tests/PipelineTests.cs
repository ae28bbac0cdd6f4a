using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;

namespace DeepLabDsl.Cli.Tests;

/// <summary>What is read before it is asked for, and written after it was given.</summary>
public class PipelineTests
{
    [Fact]
    public void Items_come_in_order_and_a_fault_stays_with_its_own()
    {
        using var ahead = new ReadAhead<int, int>([0, 1, 2, 3], i => i == 1 ? throw new IOException("one") : 10 * i);

        Assert.Equal(0, ahead.Next());
        Assert.Equal("one", Assert.Throws<IOException>(() => ahead.Next()).Message);
        Assert.Equal(20, ahead.Next());
        Assert.Equal(30, ahead.Next());
    }

    [Fact]
    public void No_more_is_read_than_is_soon_asked_for()
    {
        var read = 0;
        using (var ahead = new ReadAhead<int, int>(Enumerable.Range(0, 100), i => Interlocked.Increment(ref read)))
            ahead.Next();

        // The one that was asked for, and two ahead; none is left behind.
        Assert.Equal(3, read);
    }

    [Fact]
    public void So_many_are_written_at_once_and_they_are_told_in_order()
    {
        var (told, open, most) = (new List<int>(), 0, 0);
        using (var behind = new WriteBehind(2))
        {
            for (var i = 0; i < 6; i++)
            {
                var number = i;
                behind.Add(
                    () =>
                    {
                        var now = Interlocked.Increment(ref open);
                        Interlocked.Exchange(ref most, Math.Max(Volatile.Read(ref most), now));
                        // The later one of two is done first.
                        Thread.Sleep(number % 2 == 0 ? 10 : 1);
                        Interlocked.Decrement(ref open);
                    },
                    () => told.Add(number));
            }
            behind.Finish();
        }

        Assert.Equal([0, 1, 2, 3, 4, 5], told);
        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public void What_can_not_be_written_ends_it_and_the_others_are_finished()
    {
        using var isFirstOver = new ManualResetEventSlim();
        var isSecondOver = false;
        var behind = new WriteBehind(2);
        behind.Add(
            () =>
            {
                isFirstOver.Set();
                throw new IOException("the disk is full");
            },
            () => Assert.Fail("it was not written"));
        behind.Add(
            () =>
            {
                isFirstOver.Wait();
                Thread.Sleep(10);
                isSecondOver = true;
            },
            null);

        Assert.Equal("the disk is full", Assert.Throws<IOException>(behind.Finish).Message);
        behind.Dispose();
        Assert.True(isSecondOver);
    }
}
