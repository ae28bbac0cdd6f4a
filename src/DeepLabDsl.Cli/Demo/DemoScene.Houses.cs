using System;
using System.Numerics;

namespace DeepLabDsl.Cli.Demo;

/// <content>Houses.</content>
internal sealed partial class DemoScene
{
    private static readonly Vector3[] Walls =
        [new(.93f, .88f, .78f), new(.86f, .74f, .60f), new(.80f, .52f, .42f), new(.74f, .80f, .84f), new(.95f, .93f, .90f)];

    private static readonly Vector3[] Roofs = [new(.62f, .26f, .18f), new(.42f, .24f, .20f), new(.34f, .36f, .42f)];

    private Action House(float metres, float nearness)
    {
        var scale = PixelsPerMetre(nearness);
        var house = new HouseShape
        {
            Metres = metres,
            Nearness = nearness,
            Scale = scale,
            HalfFront = Between(2.2f, 3.6f) * scale,
            Depth = Between(2.0f, 3.6f) * scale,
            Wall = Between(2.6f, 5.4f) * scale,
            Roof = Between(1.4f, 2.4f) * scale,
            WallColor = Vary(Pick(Walls), 0.08f),
            RoofColor = Vary(Pick(Roofs), 0.12f),
            X = MiddleOf(nearness) + metres * scale,
            Y = RowOf(nearness),
        };
        var floors = house.Wall > 4 * scale ? 2 : 1;
        var windows = _random.Next(2, 4);
        var chimney = _random.NextBool(0.6);
        var lit = new bool[floors, windows];
        for (var floor = 0; floor < floors; floor++)
        {
            for (var window = 0; window < windows; window++)
                lit[floor, window] = _random.NextBool(0.7);
        }
        return () =>
        {
            Shadow(house.X, house.Y, house.HalfFront * 1.7f, 0.8f * scale);
            if (chimney)
                DrawChimney(house);
            DrawFlank(house);
            DrawRoof(house);
            DrawFront(house);
            DrawWindows(house, lit);
        };
    }

    private void DrawChimney(HouseShape house)
    {
        var (x, half) = (house.X + house.Flank * house.Depth * 0.3f, 0.28f * house.Scale);
        Rectangle(
            x - half, house.Peak - 0.7f * house.Scale, x + half, house.Top, Building, Lit(house, new Vector3(.5f, .3f, .25f), 0));
    }

    // The flank that faces the road is seen too.
    private void DrawFlank(HouseShape house)
    {
        var foot = house.Y - house.Depth * 0.10f;
        var light = Lit(house, house.WallColor * 0.86f, house.Flank * _light.SunSide);
        _canvas.Fill(house.Left, house.Top - house.Roof, house.Right, house.Y, Building, (x, y) =>
        {
            var part = (x - house.FrontEdge) / (house.FlankEnd - house.FrontEdge);
            return part is >= 0 and <= 1
                && y >= house.Top - (house.Y - foot) * 0.3f * part && y <= house.Y + (foot - house.Y) * part;
        }, (_, _) => light);
    }

    private void DrawRoof(HouseShape house)
    {
        var light = RoofLight(house);
        _canvas.Fill(house.Left, house.Peak - house.Scale, house.Right, house.Y, Building, (x, y) =>
        {
            // From the gable's edge to the ridge, along the flank.
            var up = (house.Top - y) / house.Roof;
            var start = house.FrontEdge - house.Flank * house.HalfFront * up;
            var end = house.FlankEnd - house.Flank * (house.HalfFront * 0.85f) * up;
            return up is >= -0.06f and <= 1
                && (x - start) * house.Flank >= -0.2f * house.Scale && (x - end) * house.Flank <= 0.25f * house.Scale;
        }, (_, y) => light * (0.94f + 0.10f * (MathF.Floor(y * 7 / house.Scale) % 2)));
    }

    private void DrawFront(HouseShape house)
    {
        var light = Lit(house, house.WallColor, 0.15f);
        _canvas.Fill(house.Left, house.Peak - house.Scale, house.Right, house.Y + 1, Building, (x, y) =>
            Math.Abs(x - house.X) <= house.HalfFront && y <= house.Y
            && (y >= house.Top || Math.Abs(x - house.X) <= house.HalfFront * (1 - (house.Top - y) / house.Roof)),
            (_, y) => light * (1.03f - 0.10f * (y - house.Peak) / (house.Y - house.Peak)));
        var eaves = RoofLight(house) * 0.85f;
        _canvas.Fill(house.Left, house.Peak - house.Scale, house.Right, house.Top + house.Scale, Building, (x, y) =>
        {
            var edge = (house.Top - y) / house.Roof;
            return edge is >= -0.08f and <= 1.1f
                && Math.Abs(Math.Abs(x - house.X) - house.HalfFront * (1 - edge)) < 0.16f * house.Scale
                && Math.Abs(x - house.X) <= house.HalfFront * 1.08f;
        }, (_, _) => eaves);
    }

    private void DrawWindows(HouseShape house, bool[,] lit)
    {
        var (scale, y) = (house.Scale, house.Y);
        var glass = Haze(_light.Shine(new Vector3(.22f, .28f, .36f)) + _light.Horizon * 0.12f, house.Nearness);
        var frame = Haze(_light.Shine(new Vector3(.95f, .94f, .90f)), house.Nearness);
        var door = Haze(_light.Shine(house.RoofColor * 0.7f), house.Nearness);
        var (floors, windows) = (lit.GetLength(0), lit.GetLength(1));
        var storey = house.Wall / floors;
        for (var floor = 0; floor < floors; floor++)
        {
            for (var window = 0; window < windows; window++)
            {
                var wx = house.X + house.HalfFront * (2f * (window + 0.5f) / windows - 1);
                var wy = y - storey * (floor + 0.55f);
                var (half, tall) = (house.HalfFront * 0.42f / windows, storey * 0.22f);
                if (floor == 0 && window == windows / 2)
                {
                    Rectangle(wx - half, y - storey * 0.68f, wx + half, y, Building, door);
                    continue;
                }
                var pane = lit[floor, window] && _light.WindowsLit ? new Vector3(1, .84f, .46f) : glass;
                Rectangle(wx - half - 0.09f * scale, wy - tall - 0.09f * scale, wx + half + 0.09f * scale,
                    wy + tall + 0.09f * scale, Building, frame);
                Rectangle(wx - half, wy - tall, wx + half, wy + tall, Building, pane);
            }
        }
    }

    private Vector3 RoofLight(HouseShape house) => Lit(house, house.RoofColor, house.Flank * _light.SunSide * 0.8f);

    private Vector3 Lit(HouseShape house, Vector3 color, float facing) =>
        Haze(_light.Shine(color * (1 + 0.20f * facing * _light.Directness)), house.Nearness);

    /// <summary>Where a house stands and how large it is, in pixels.</summary>
    private sealed record HouseShape
    {
        public required float Metres { get; init; }

        public required float Nearness { get; init; }

        /// <summary>Pixels of a metre.</summary>
        public required float Scale { get; init; }

        public required float HalfFront { get; init; }

        public required float Depth { get; init; }

        public required float Wall { get; init; }

        public required float Roof { get; init; }

        public required Vector3 WallColor { get; init; }

        public required Vector3 RoofColor { get; init; }

        /// <summary>The middle of the front.</summary>
        public required float X { get; init; }

        /// <summary>Its foot.</summary>
        public required float Y { get; init; }

        /// <summary>The side of the flank that is seen: -1, left; 1, right.</summary>
        public int Flank => -MathF.Sign(Metres);

        public float FrontEdge => X + Flank * HalfFront;

        public float FlankEnd => X + Flank * (HalfFront + Depth * 0.55f);

        public float Top => Y - Wall;

        public float Peak => Top - Roof;

        public float Left => Math.Min(X - HalfFront, FlankEnd) - Scale;

        public float Right => Math.Max(X + HalfFront, FlankEnd) + Scale;
    }
}
